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
