//! A client's token of its own. RFC 6749 §4.4.

use crate::{
    model::{client::Client, permission::Permission, scope::Scope},
    protocol::{error::OAuthError, oxide, params::Params},
};

/// Scopes that speak about a user (OIDC Core §5.4 and §11), and rights that users and keys have: a client alone has none.
fn is_about_a_user(token: &str) -> bool {
    Scope::STANDARD.contains(&token) || token.parse::<Permission>().is_ok()
}

/// What the client may have by itself, or the part of it that it asked for.
pub fn decide(client: &Client, params: &Params) -> Result<Scope, OAuthError> {
    let own: Vec<_> =
        client.metadata.scope.iter().flat_map(|scope| scope.iter()).filter(|token| !is_about_a_user(token)).collect();
    oxide::client_credentials::decide(params, &client.id, &Scope::of(&own))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::authorize::validate::tests::client;

    #[test]
    fn a_client_alone_has_nothing_that_speaks_about_a_user() {
        let mut client = client();
        client.metadata.scope = Some(Scope::of(&["openid", "reports", "email", "exports"]));
        let ask = |scope: &str| {
            let form = format!("grant_type=client_credentials{scope}");
            decide(&client, &Params::parse(form.as_bytes()).unwrap()).map(|scope| scope.to_string()).map_err(|error| error.reason)
        };
        assert_eq!(ask(""), Ok("reports exports".to_owned()));
        assert_eq!(ask("&scope=exports"), Ok("exports".to_owned()));
        assert_eq!(ask("&scope=openid"), Err("scope.not_allowed"));
    }
}
