//! `client_secret_jwt` and `private_key_jwt`: assertions as client authentication. RFC 7521 §4.2, RFC 7523 §3, OIDC Core §9.

use serde::Deserialize;
use time::{Duration, OffsetDateTime};
use zeroize::Zeroizing;

use crate::{
    model::{
        client::Client,
        id::ClientId,
        issuer::Issuer,
        names::{Algorithm, AuthMethod},
        secret::{Digest, Secret},
    },
    protocol::{
        endpoints,
        error::OAuthError,
        jose::jws::{self, Expected, Expiry, Key, VerifyingKey},
        params::Params,
    },
};

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// An assertion is for one request, not a credential to keep.
const LONGEST_LIFETIME: Duration = Duration::minutes(65);
/// Clocks of clients may be so much ahead.
const LEEWAY: Duration = Duration::seconds(10);

/// The assertion of a request, and the client that it says it is from. RFC 7521 §4.2.
pub fn read(params: &Params) -> Result<Option<(ClientId, Secret)>, OAuthError> {
    let (kind, assertion) = (params.get("client_assertion_type"), params.get("client_assertion"));
    match (kind, assertion) {
        (None, None) => Ok(None),
        (Some(TYPE), Some(assertion)) => {
            let claimed: Option<Claimed> = jws::unverified(assertion);
            let client_id = claimed.map(|claims| claims.sub).ok_or_else(|| OAuthError::invalid_client("assertion.malformed"))?;
            Ok(Some((client_id, Secret::new(assertion))))
        }
        (Some(_), Some(_)) => {
            Err(OAuthError::invalid_request("assertion.other_type", "The `client_assertion_type` is not supported."))
        }
        (None, Some(_)) => Err(OAuthError::missing("client_assertion_type")),
        (Some(_), None) => Err(OAuthError::missing("client_assertion")),
    }
}

#[derive(Deserialize)]
struct Claimed {
    sub: ClientId,
}

/// What an assertion is judged against.
pub struct Context<'a> {
    pub client: &'a Client,
    /// The client's live secrets, for `client_secret_jwt`.
    pub secrets: &'a [Zeroizing<Vec<u8>>],
    pub issuer: &'a Issuer,
    pub now: OffsetDateTime,
}

/// An assertion that is good; its `jti` must now be spent.
#[derive(Debug)]
pub struct Accepted {
    pub jti: Digest,
    pub expires_at: OffsetDateTime,
}

#[derive(Deserialize)]
struct Claims {
    iss: ClientId,
    sub: ClientId,
    jti: String,
    exp: i64,
}

pub fn verify(jwt: &Secret, context: &Context) -> Result<Accepted, OAuthError> {
    let Context { client, issuer, now, .. } = context;
    let token_endpoint = issuer.at(endpoints::TOKEN);
    let expected = Expected {
        types: &[None, Some("JWT"), Some("jwt"), Some("client-authentication+jwt")],
        issuer: Some(client.id.as_str()),
        audience: &[issuer.as_str(), &token_endpoint],
        expiry: Expiry::Checked { now: *now, leeway: LEEWAY },
    };
    let claims: Claims = keys(context)
        .iter()
        .find_map(|key| {
            jws::verify(jwt.reveal(), &expected, |header| fits(context, header, key).then_some(Key::Borrowed(key))).ok()
        })
        .ok_or_else(|| OAuthError::invalid_client("assertion.invalid"))?;
    if claims.sub != client.id || claims.iss != client.id {
        return Err(OAuthError::invalid_client("assertion.other_subject"));
    }
    if claims.exp > now.unix_timestamp() + LONGEST_LIFETIME.whole_seconds() {
        return Err(OAuthError::invalid_client("assertion.too_long"));
    }
    if claims.jti.is_empty() || claims.jti.len() > 1024 {
        return Err(OAuthError::invalid_client("assertion.jti_malformed"));
    }
    let expires_at =
        OffsetDateTime::from_unix_timestamp(claims.exp).map_err(|_| OAuthError::invalid_client("assertion.expiry_malformed"))?;
    Ok(Accepted { jti: Digest::of(&claims.jti), expires_at: expires_at + LEEWAY + Duration::seconds(1) })
}

/// Every key that the client may have signed with.
fn keys(context: &Context) -> Vec<VerifyingKey> {
    match context.client.metadata.token_endpoint_auth_method {
        Some(AuthMethod::ClientSecretJwt) => context.secrets.iter().map(|secret| VerifyingKey::from_secret(secret)).collect(),
        Some(AuthMethod::PrivateKeyJwt) => {
            let registered = context.client.metadata.jwks.iter().flat_map(|set| &set.keys);
            registered
                .flat_map(|jwk| {
                    Algorithm::ASYMMETRIC.iter().filter(|algorithm| jwk.fits(**algorithm)).map(move |alg| (jwk, *alg))
                })
                .filter_map(|(jwk, algorithm)| VerifyingKey::from_jwk(jwk, algorithm).ok())
                .collect()
        }
        _ => Vec::new(),
    }
}

/// The registered algorithm, where there is one, and the `kid`, where both sides have one. A client with several keys must name the one
/// that it used (OIDC Core §10.1): nobody tries them all.
fn fits(context: &Context, header: &jws::Header, key: &VerifyingKey) -> bool {
    let metadata = &context.client.metadata;
    let is_alone = metadata.jwks.as_ref().is_none_or(|set| set.keys.len() < 2);
    metadata.token_endpoint_auth_signing_alg.is_none_or(|algorithm| algorithm == key.algorithm())
        && match (key.kid(), header.kid.as_deref()) {
            (Some(own), Some(named)) => own == named,
            (Some(_), None) | (None, _) => is_alone,
        }
}
