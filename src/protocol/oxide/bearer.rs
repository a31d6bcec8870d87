//! Bearer credentials of protected resources through oxide-auth's `Resource` machine. RFC 6750 §2.1 and §3.1.

use std::borrow::Cow;

use oxide_auth::code_grant::resource::{AccessFailure, Error, ErrorCode as MachineCode, Input, Output, Request, Resource};
use url::Url;

use crate::{
    model::{id::ClientId, scope::Scope},
    protocol::error::{ErrorCode, OAuthError},
};

struct View<'a>(Option<&'a str>);

impl Request for View<'_> {
    fn valid(&self) -> bool {
        true
    }
    fn token(&self) -> Option<Cow<'_, str>> {
        self.0.map(Cow::from)
    }
}

/// The token in an `Authorization` header, if the scheme is Bearer in any case; an error for any other scheme.
pub fn token(authorization: Option<&str>) -> Result<Option<String>, OAuthError> {
    let view = View(authorization);
    let mut machine = Resource::new();
    let mut input = Input::None;
    loop {
        input = match machine.advance(input) {
            Output::GetRequest => Input::Request { request: &view },
            Output::DetermineScopes => Input::Scopes(&[]),
            Output::Recover { token } => return Ok(Some(token.trim().to_owned())),
            Output::Err(Error::NoAuthentication { .. }) => return Ok(None),
            Output::Err(_) | Output::Ok(_) => {
                return Err(OAuthError::invalid_request(
                    "bearer.malformed",
                    "The `Authorization` header must be Bearer and one token.",
                ));
            }
        };
    }
}

/// Does a token of this scope, live and meant for us, open a resource that needs `needed`?
pub fn allows(client_id: &ClientId, scope: &Scope, needed: &str) -> Result<(), OAuthError> {
    let view = View(Some("Bearer judged-before"));
    let nowhere = Url::parse("urn:keyward:none").map_err(|_| super::stuck())?;
    let mut loaded = Some(*super::grant(client_id.as_str(), scope, nowhere)?);
    let needed = [super::in_machine_words(&Scope::of(&[needed]))?];
    let mut machine = Resource::new();
    let mut input = Input::None;
    loop {
        input = match machine.advance(input) {
            Output::GetRequest => Input::Request { request: &view },
            Output::DetermineScopes => Input::Scopes(&needed),
            Output::Recover { .. } => Input::Recovered(loaded.take()),
            Output::Ok(_) => return Ok(()),
            Output::Err(Error::AccessDenied {
                failure: AccessFailure { code: Some(MachineCode::InsufficientScope) }, ..
            }) => {
                return Err(OAuthError::new(
                    ErrorCode::InsufficientScope,
                    "token.insufficient_scope",
                    "The access token lacks the scope that this resource needs.",
                ));
            }
            Output::Err(_) => return Err(super::stuck()),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_header_gives_its_token() {
        assert_eq!(token(None), Ok(None));
        for header in ["Bearer abc", "bearer abc", "BEARER abc"] {
            assert_eq!(token(Some(header)).unwrap().as_deref(), Some("abc"), "{header}");
        }
        for header in ["Basic abc", "Bearer", "DPoP abc", "Bearerabc", ""] {
            assert!(token(Some(header)).is_err(), "{header}");
        }
    }

    #[test]
    fn a_scope_opens_what_it_names() {
        let client = ClientId("c".to_owned());
        assert_eq!(allows(&client, &Scope::of(&["openid", "email"]), "openid"), Ok(()));
        assert_eq!(allows(&client, &Scope::of(&["email"]), "openid").unwrap_err().code, ErrorCode::InsufficientScope);
    }
}
