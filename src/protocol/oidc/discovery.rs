//! The server's metadata: registered member names only, and nothing that the code does not do. OIDC Discovery §3, RFC 8414 §2.

use serde::Serialize;

use crate::{
    model::{
        issuer::Issuer,
        names::{Algorithm, AuthMethod, Display, GrantType, Prompt, ResponseMode, ResponseType},
        scope::Scope,
        session::Acr,
    },
    protocol::{endpoints, oidc::claims},
};

#[derive(Debug, Serialize)]
pub struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    userinfo_endpoint: String,
    jwks_uri: String,
    introspection_endpoint: String,
    revocation_endpoint: String,
    scopes_supported: &'static [&'static str],
    response_types_supported: &'static [ResponseType],
    response_modes_supported: &'static [ResponseMode],
    grant_types_supported: &'static [GrantType],
    subject_types_supported: &'static [&'static str],
    id_token_signing_alg_values_supported: &'static [Algorithm],
    token_endpoint_auth_methods_supported: &'static [AuthMethod],
    token_endpoint_auth_signing_alg_values_supported: &'static [Algorithm],
    introspection_endpoint_auth_methods_supported: Vec<AuthMethod>,
    introspection_endpoint_auth_signing_alg_values_supported: &'static [Algorithm],
    revocation_endpoint_auth_methods_supported: &'static [AuthMethod],
    revocation_endpoint_auth_signing_alg_values_supported: &'static [Algorithm],
    code_challenge_methods_supported: &'static [&'static str],
    acr_values_supported: &'static [Acr],
    display_values_supported: &'static [Display],
    prompt_values_supported: &'static [Prompt],
    claim_types_supported: &'static [&'static str],
    claims_supported: Vec<&'static str>,
    claims_parameter_supported: bool,
    request_parameter_supported: bool,
    request_uri_parameter_supported: bool,
    authorization_response_iss_parameter_supported: bool,
    ui_locales_supported: &'static [&'static str],
}

/// The languages that pages are written in.
pub const LOCALES: &[&str] = &["en", "de"];

pub fn build(issuer: &Issuer) -> Metadata {
    let of_the_user = Scope::STANDARD_CLAIMS.iter().flat_map(|(_, claims)| claims.iter().copied());
    Metadata {
        issuer: issuer.to_string(),
        authorization_endpoint: issuer.at(endpoints::AUTHORIZE),
        token_endpoint: issuer.at(endpoints::TOKEN),
        userinfo_endpoint: issuer.at(endpoints::USERINFO),
        jwks_uri: issuer.at(endpoints::JWKS),
        introspection_endpoint: issuer.at(endpoints::INTROSPECT),
        revocation_endpoint: issuer.at(endpoints::REVOKE),
        scopes_supported: Scope::STANDARD,
        response_types_supported: ResponseType::ALL,
        response_modes_supported: ResponseMode::ALL,
        grant_types_supported: GrantType::ALL,
        subject_types_supported: &["public"],
        id_token_signing_alg_values_supported: Algorithm::ASYMMETRIC,
        token_endpoint_auth_methods_supported: AuthMethod::ALL,
        token_endpoint_auth_signing_alg_values_supported: Algorithm::ALL,
        // A public client cannot introspect (RFC 7662 §2.1).
        introspection_endpoint_auth_methods_supported: AuthMethod::ALL
            .iter()
            .copied()
            .filter(|method| *method != AuthMethod::None)
            .collect(),
        introspection_endpoint_auth_signing_alg_values_supported: Algorithm::ALL,
        revocation_endpoint_auth_methods_supported: AuthMethod::ALL,
        revocation_endpoint_auth_signing_alg_values_supported: Algorithm::ALL,
        code_challenge_methods_supported: &["S256"],
        acr_values_supported: Acr::ALL,
        display_values_supported: Display::ALL,
        prompt_values_supported: Prompt::ALL,
        claim_types_supported: &["normal"],
        claims_supported: claims::OF_THE_TOKEN.iter().copied().chain(of_the_user).collect(),
        claims_parameter_supported: true,
        request_parameter_supported: false,
        request_uri_parameter_supported: false,
        authorization_response_iss_parameter_supported: true,
        ui_locales_supported: LOCALES,
    }
}
