//! A client's token of its own. RFC 6749 §4.4.

use crate::{
    model::{client::Client, scope::Scope},
    protocol::{error::OAuthError, oxide, params::Params},
};

/// Scopes that speak about a user; a client alone has none. OIDC Core §5.4 and §11.
fn is_about_a_user(token: &str) -> bool {
    Scope::STANDARD.contains(&token)
}

/// What the client may have by itself, or the part of it that it asked for.
pub fn decide(client: &Client, params: &Params) -> Result<Scope, OAuthError> {
    let own: Vec<_> =
        client.metadata.scope.iter().flat_map(|scope| scope.iter()).filter(|token| !is_about_a_user(token)).collect();
    oxide::client_credentials::decide(params, &client.id, &Scope::of(&own))
}
