//! What a client's metadata must be beyond the shape of each member. RFC 7591 §2 and §2.1.

use std::collections::BTreeSet;

use crate::{
    model::{
        client::ClientMetadata,
        names::{Algorithm, AuthMethod, GrantType, ResponseType},
        redirect_uri,
        scope::Scope,
        session::Acr,
    },
    protocol::jose::jws::VerifyingKey,
};

use super::{MetadataError, wrong};

/// Everything that one member says about another, or about itself beyond its shape.
pub fn all(metadata: &ClientMetadata) -> Result<(), MetadataError> {
    let name = &metadata.client_name;
    if name.trim().is_empty() || name.chars().count() > 120 || name.chars().any(char::is_control) {
        return Err(wrong("client_name", "must be 1 to 120 characters, none of them a control character"));
    }
    if let Some(scope) = &metadata.scope {
        Scope::parse(&scope.to_string()).map_err(|error| wrong("scope", error.to_string()))?;
    }
    for uri in &metadata.redirect_uris {
        redirect_uri::check_registration(uri, metadata.application_type).map_err(|reason| wrong("redirect_uris", reason))?;
    }
    for uri in &metadata.post_logout_redirect_uris {
        redirect_uri::check_registration(uri, metadata.application_type)
            .map_err(|reason| wrong("post_logout_redirect_uris", reason))?;
    }
    check_grants(metadata)?;
    check_authentication(metadata)?;
    for (member, algorithm) in [
        ("id_token_signed_response_alg", metadata.id_token_signed_response_alg),
        ("access_token_signed_response_alg", metadata.access_token_signed_response_alg),
    ] {
        if !Algorithm::ASYMMETRIC.contains(&algorithm) {
            return Err(wrong(member, "must be one of RS256, PS256, ES256, EdDSA"));
        }
    }
    if let Some(acr) = metadata.default_acr_values.iter().find(|acr| acr.parse::<Acr>().is_err()) {
        return Err(wrong("default_acr_values", format!("has the unknown value {acr:?}")));
    }
    for (member, uri) in [
        ("client_uri", &metadata.client_uri),
        ("logo_uri", &metadata.logo_uri),
        ("policy_uri", &metadata.policy_uri),
        ("tos_uri", &metadata.tos_uri),
    ] {
        if uri.as_ref().is_some_and(|uri| !is_web_address(uri)) {
            return Err(wrong(member, "must be an https or http URL whose host is a name or an address"));
        }
    }
    match &metadata.resource_server {
        Some(identifier) if url::Url::parse(identifier).is_err() || identifier.contains('#') => {
            Err(wrong("resource_server", "must be an absolute URI without fragment"))
        }
        _ => Ok(()),
    }
}

/// What a page may link to and show; `url` alone would take hosts with signs in them that no name has.
fn is_web_address(uri: &str) -> bool {
    if uri.chars().any(|character| character.is_control() || character.is_whitespace()) {
        return false;
    }
    url::Url::parse(uri).is_ok_and(|url| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'[' | b']');
        matches!(url.scheme(), "https" | "http") && url.host_str().is_some_and(|host| host.bytes().all(is_plain))
    })
}

/// RFC 7591 §2.1: grant types and response types agree.
fn check_grants(metadata: &ClientMetadata) -> Result<(), MetadataError> {
    let has_code = metadata.may_use(GrantType::AuthorizationCode);
    if has_code != metadata.response_types.contains(&ResponseType::Code) {
        return Err(wrong("response_types", "must have `code` exactly when `grant_types` has `authorization_code`"));
    }
    if has_code && metadata.redirect_uris.is_empty() {
        return Err(wrong("redirect_uris", "must not be empty for the grant type `authorization_code`"));
    }
    if metadata.may_use(GrantType::RefreshToken) && !has_code {
        return Err(wrong("grant_types", "cannot have `refresh_token` without `authorization_code`"));
    }
    if metadata.may_use(GrantType::ClientCredentials) && metadata.is_public() {
        return Err(wrong("grant_types", "cannot have `client_credentials` for a client without authentication"));
    }
    Ok(())
}

fn check_authentication(metadata: &ClientMetadata) -> Result<(), MetadataError> {
    for jwk in metadata.jwks.iter().flat_map(|set| &set.keys) {
        let fitting: Vec<_> = Algorithm::ASYMMETRIC.iter().filter(|algorithm| jwk.fits(**algorithm)).collect();
        if fitting.is_empty() {
            return Err(wrong("jwks", "has a key that fits none of RS256, PS256, ES256, EdDSA"));
        }
        for algorithm in fitting {
            VerifyingKey::from_jwk(jwk, *algorithm).map_err(|reason| wrong("jwks", format!("has a key that {reason}")))?;
        }
    }
    let keys = || metadata.jwks.iter().flat_map(|set| &set.keys);
    let names: BTreeSet<_> = keys().filter_map(|jwk| jwk.kid.as_deref()).collect();
    if keys().count() > 1 && names.len() < keys().count() {
        return Err(wrong("jwks", "must have another `kid` for each of several keys"));
    }
    let algorithm = metadata.token_endpoint_auth_signing_alg;
    let has_a_key = || {
        keys().any(|jwk| Algorithm::ASYMMETRIC.iter().any(|known| algorithm.is_none_or(|own| own == *known) && jwk.fits(*known)))
    };
    let fits = match metadata.token_endpoint_auth_method {
        Some(AuthMethod::PrivateKeyJwt) => {
            if algorithm != Some(Algorithm::HS256) && !has_a_key() {
                return Err(wrong("jwks", "must have a key for `private_key_jwt` that fits `token_endpoint_auth_signing_alg`"));
            }
            algorithm != Some(Algorithm::HS256)
        }
        Some(AuthMethod::ClientSecretJwt) => algorithm.is_none_or(|algorithm| algorithm == Algorithm::HS256),
        // Nothing is signed there.
        None | Some(AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost | AuthMethod::None) => algorithm.is_none(),
    };
    if fits { Ok(()) } else { Err(wrong("token_endpoint_auth_signing_alg", "does not fit the `token_endpoint_auth_method`")) }
}
