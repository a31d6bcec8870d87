//! How an authorization response travels: parameters become a location or a form. Multiple Response Types §2.1, Form Post Response Mode.

use crate::model::{names::ResponseMode, redirect_uri::VerifiedRedirect};

use super::authorize::response::AuthorizationResponse;

/// An encoded response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// 303 to this location.
    Redirect(String),
    /// A page with a form that posts these fields.
    Form { action: VerifiedRedirect, fields: Vec<(&'static str, String)> },
}

pub fn encode(response: AuthorizationResponse) -> Delivery {
    let AuthorizationResponse { redirect, mode, parameters } = response;
    let separator = match mode {
        ResponseMode::FormPost => return Delivery::Form { action: redirect, fields: parameters },
        ResponseMode::Fragment => '#',
        ResponseMode::Query if redirect.as_str().contains('?') => '&',
        ResponseMode::Query => '?',
    };
    let encoded = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    Delivery::Redirect(format!("{}{separator}{encoded}", redirect.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{names::ApplicationType, redirect_uri};

    fn delivered(uri: &str, mode: ResponseMode) -> Delivery {
        let redirect = redirect_uri::verify(&[uri.to_owned()], uri, ApplicationType::Web).unwrap();
        let parameters = vec![("code", "a b".to_owned()), ("state", "x&y=\"<".to_owned())];
        encode(AuthorizationResponse { redirect, mode, parameters })
    }

    #[test]
    fn parameters_are_appended_to_what_the_uri_already_has() {
        let encoded = "code=a+b&state=x%26y%3D%22%3C";
        for (uri, mode, expected) in [
            ("https://a/cb", ResponseMode::Query, format!("https://a/cb?{encoded}")),
            ("https://a/cb?t=1", ResponseMode::Query, format!("https://a/cb?t=1&{encoded}")),
            ("https://a/cb?t=1", ResponseMode::Fragment, format!("https://a/cb?t=1#{encoded}")),
        ] {
            assert_eq!(delivered(uri, mode), Delivery::Redirect(expected));
        }
        assert!(matches!(delivered("https://a/cb", ResponseMode::FormPost), Delivery::Form { .. }));
    }
}
