//! Drivers of oxide-auth's grant machines: each answers its machine from values already loaded and stops at the decisive output.
//! The machines keep the order of checks of RFC 6749; what they leave open stands before or after them. What a machine hands back is
//! compared with what it was given: it decides about this request and no other.

pub mod access_token;
pub mod authorization;
pub mod bearer;
pub mod client_credentials;
pub mod refresh;

use std::time::{Duration, UNIX_EPOCH};

use oxide_auth::{
    code_grant::error::AccessTokenErrorType,
    primitives::{
        grant::{Extensions, Grant},
        registrar::{BoundClient, ExactUrl, RegisteredUrl},
    },
};
use url::Url;

use crate::model::scope::Scope;

use super::error::{ErrorCode, OAuthError};

/// A grant in the library's words. Expiry is judged by our clock beforehand, so the machine's own look at a clock must not matter.
fn grant(client_id: &str, scope: &Scope, redirect_uri: Url) -> Result<Box<Grant>, OAuthError> {
    const FAR_AHEAD: Duration = Duration::from_secs(1 << 36);
    Ok(Box::new(Grant {
        owner_id: String::new(),
        client_id: client_id.to_owned(),
        scope: in_machine_words(scope)?,
        redirect_uri,
        until: (UNIX_EPOCH + FAR_AHEAD).into(),
        extensions: Extensions::new(),
    }))
}

fn in_machine_words(scope: &Scope) -> Result<oxide_auth::primitives::scope::Scope, OAuthError> {
    scope.to_string().parse().map_err(|_| OAuthError::invalid_scope("scope.malformed", "The `scope` has an illegal character."))
}

/// Does the machine judge the scope that we do?
fn is_same(machine: Option<&oxide_auth::primitives::scope::Scope>, own: Option<&Scope>) -> Result<bool, OAuthError> {
    Ok(machine == own.map(in_machine_words).transpose()?.as_ref())
}

fn bound_client(client_id: &str, redirect_uri: &str) -> Result<BoundClient<'static>, OAuthError> {
    let exact = ExactUrl::new(redirect_uri.to_owned()).map_err(|_| stuck())?;
    Ok(BoundClient { client_id: client_id.to_owned().into(), redirect_uri: std::borrow::Cow::Owned(RegisteredUrl::Exact(exact)) })
}

/// A machine asked for something that its specification does not have it ask for.
fn stuck() -> OAuthError {
    OAuthError::new(ErrorCode::ServerError, "grant_machine.stuck", "The server could not decide this request.")
}

fn from_machine(kind: Option<AccessTokenErrorType>) -> OAuthError {
    match kind {
        Some(AccessTokenErrorType::InvalidRequest) => {
            OAuthError::invalid_request("grant_machine.invalid_request", "A parameter is missing or malformed.")
        }
        Some(AccessTokenErrorType::InvalidClient) => OAuthError::invalid_client("grant_machine.invalid_client"),
        Some(AccessTokenErrorType::InvalidGrant) => {
            OAuthError::invalid_grant("grant_machine.invalid_grant", "The grant is unknown or no longer valid.")
        }
        Some(AccessTokenErrorType::UnauthorizedClient) => OAuthError::new(
            ErrorCode::UnauthorizedClient,
            "grant_machine.unauthorized_client",
            "The client may not use this grant type.",
        ),
        Some(AccessTokenErrorType::UnsupportedGrantType) => OAuthError::new(
            ErrorCode::UnsupportedGrantType,
            "grant_machine.unsupported_grant_type",
            "The `grant_type` is not supported.",
        ),
        Some(AccessTokenErrorType::InvalidScope) => {
            OAuthError::invalid_scope("scope.not_granted", "The `scope` is malformed or exceeds what was granted.")
        }
        _ => stuck(),
    }
}

#[cfg(test)]
mod tests;
