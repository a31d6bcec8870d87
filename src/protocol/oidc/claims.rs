//! Which claims a scope or a request opens, and their values. OIDC Core §5.1, §5.4, §5.5.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::model::{claims_request::ClaimRequest, scope::Scope, user::User};

/// Claims of the token itself, named in metadata beside those about the user.
pub const OF_THE_TOKEN: &[&str] = &["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "sid"];

/// What is known of a user under this claim's name; nothing where it is unknown or empty.
fn value(user: &User, name: &str) -> Option<Value> {
    match name {
        "email" => Some(user.email.clone().into()),
        "email_verified" => Some(user.is_email_verified.into()),
        "preferred_username" => user.username.clone().map(Value::from),
        "updated_at" => Some(user.updated_at.unix_timestamp().into()),
        _ if Scope::STANDARD_CLAIMS.iter().any(|(_, claims)| claims.contains(&name)) => user.claims.get(name).cloned(),
        _ => None,
    }
}

/// The claims that a scope opens and a request names, without `sub`.
pub fn released(user: &User, scope: &Scope, requested: &BTreeMap<String, Option<ClaimRequest>>) -> Map<String, Value> {
    let by_scope =
        Scope::STANDARD_CLAIMS.iter().filter(|(token, _)| scope.contains(token)).flat_map(|(_, claims)| claims.iter().copied());
    by_scope.chain(requested.keys().map(String::as_str)).filter_map(|name| Some((name.to_owned(), value(user, name)?))).collect()
}
