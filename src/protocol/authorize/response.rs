//! What is sent back to the client: parameters with `state` and `iss` in every answer. RFC 6749 §4.1.2, RFC 9207.

use crate::{
    model::{issuer::Issuer, names::ResponseMode, redirect_uri::VerifiedRedirect, secret::Secret},
    protocol::error::OAuthError,
};

/// An answer to an authorization request, ready to be put into a query, a fragment or a form.
#[derive(Debug, Clone)]
pub struct AuthorizationResponse {
    pub redirect: VerifiedRedirect,
    pub mode: ResponseMode,
    pub parameters: Vec<(&'static str, String)>,
}

pub fn success(
    redirect: VerifiedRedirect,
    mode: ResponseMode,
    code: &Secret,
    state: Option<String>,
    issuer: &Issuer,
) -> AuthorizationResponse {
    let parameters = [("code", Some(code.reveal().to_owned())), ("state", state), ("iss", Some(issuer.to_string()))];
    AuthorizationResponse { redirect, mode, parameters: present(parameters) }
}

pub fn error(
    redirect: VerifiedRedirect,
    mode: ResponseMode,
    error: &OAuthError,
    state: Option<String>,
    issuer: &Issuer,
) -> AuthorizationResponse {
    let parameters = [
        ("error", Some(error.code.as_str().to_owned())),
        ("error_description", Some(error.description.clone().into_owned())),
        ("state", state),
        ("iss", Some(issuer.to_string())),
    ];
    AuthorizationResponse { redirect, mode, parameters: present(parameters) }
}

fn present<const N: usize>(parameters: [(&'static str, Option<String>); N]) -> Vec<(&'static str, String)> {
    parameters.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}
