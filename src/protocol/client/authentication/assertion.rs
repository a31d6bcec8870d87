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

#[cfg(test)]
mod tests {
    use aws_lc_rs::{
        hmac,
        signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
    };
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use serde_json::{Value, json};
    use time::macros::datetime;

    use super::*;
    use crate::{
        model::jwk::JwkSet,
        protocol::{
            authorize::validate::tests::client,
            jose::{jws::tests::Random, key},
        },
    };

    const NOW: OffsetDateTime = datetime!(2026-11-24 12:00 UTC);
    const SECRET: &[u8] = b"a secret of thirty-two bytes, so";

    fn claims() -> Value {
        let id = client().id;
        json!({ "iss": id, "sub": id, "aud": "https://id.example", "jti": "one", "exp": NOW.unix_timestamp() + 60 })
    }

    fn compact(header: &Value, claims: &Value, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(header), part(claims));
        let signature = URL_SAFE_NO_PAD.encode(sign(message.as_bytes()));
        format!("{message}.{signature}")
    }

    fn told(client: &Client, jwt: &str) -> Result<OffsetDateTime, &'static str> {
        let (secrets, issuer) = ([Zeroizing::new(SECRET.to_vec())], Issuer::parse("https://id.example").unwrap());
        let context = Context { client, secrets: &secrets, issuer: &issuer, now: NOW };
        verify(&Secret::new(jwt), &context).map(|accepted| accepted.expires_at).map_err(|error| error.reason)
    }

    fn by_secret(change: Value) -> Result<OffsetDateTime, &'static str> {
        let mut client = client();
        client.metadata.token_endpoint_auth_method = Some(AuthMethod::ClientSecretJwt);
        let mut claims = claims();
        claims.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET);
        told(&client, &compact(&json!({ "alg": "HS256" }), &claims, |message| hmac::sign(&key, message).as_ref().to_vec()))
    }

    #[test]
    fn an_assertion_is_of_its_client_for_us_and_soon_over() {
        let now = NOW.unix_timestamp();
        // Its mark is kept until nobody would take it any more.
        assert_eq!(by_secret(json!({})), Ok(NOW + Duration::seconds(60 + 10 + 1)));
        assert!(by_secret(json!({ "exp": now + 65 * 60, "jti": "x".repeat(1024) })).is_ok());
        assert!(by_secret(json!({ "aud": ["https://id.example/oauth/token"] })).is_ok());
        for (change, reason) in [
            (json!({ "sub": "other" }), "assertion.other_subject"),
            (json!({ "iss": "other" }), "assertion.invalid"),
            (json!({ "iss": "other", "sub": "other" }), "assertion.invalid"),
            (json!({ "aud": "https://other.example" }), "assertion.invalid"),
            (json!({ "exp": now - 60 }), "assertion.invalid"),
            (json!({ "exp": now + 65 * 60 + 1 }), "assertion.too_long"),
            (json!({ "jti": "" }), "assertion.jti_malformed"),
            (json!({ "jti": "x".repeat(1025) }), "assertion.jti_malformed"),
        ] {
            assert_eq!(by_secret(change.clone()), Err(reason), "{change}");
        }
    }

    /// One key, or several; with `kid` or without.
    #[test]
    fn a_signature_is_looked_for_under_the_key_that_it_names() {
        let (private, mut public) = key::generate(Algorithm::ES256, &mut Random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &private).unwrap();
        let (_, mut other) = key::generate(Algorithm::ES256, &mut Random).unwrap();
        let sign = |header: Value| {
            compact(&header, &claims(), |message| {
                pair.sign(&aws_lc_rs::rand::SystemRandom::new(), message).unwrap().as_ref().to_vec()
            })
        };
        (public.kid, other.kid) = (Some("own".to_owned()), Some("other".to_owned()));
        let with = |keys: Vec<_>, algorithm: Option<Algorithm>| {
            let mut client = client();
            client.metadata.token_endpoint_auth_method = Some(AuthMethod::PrivateKeyJwt);
            client.metadata.token_endpoint_auth_signing_alg = algorithm;
            client.metadata.jwks = Some(JwkSet { keys });
            client
        };
        let (alone, both) = (with(vec![public.clone()], None), with(vec![other, public.clone()], None));
        let (named, nameless) = (sign(json!({ "alg": "ES256", "kid": "own" })), sign(json!({ "alg": "ES256" })));
        let misnamed = sign(json!({ "alg": "ES256", "kid": "other" }));
        assert!(told(&alone, &named).is_ok() && told(&alone, &nameless).is_ok() && told(&both, &named).is_ok());
        for (client, jwt) in [(&alone, &misnamed), (&both, &misnamed), (&both, &nameless)] {
            assert_eq!(told(client, jwt), Err("assertion.invalid"));
        }
        public.kid = None;
        let unnamed = with(vec![public.clone()], Some(Algorithm::ES256));
        assert!(told(&unnamed, &named).is_ok() && told(&unnamed, &nameless).is_ok());
        assert_eq!(told(&with(vec![public], Some(Algorithm::RS256)), &named), Err("assertion.invalid"));
        // What is registered for secrets is not proven by keys, nor the other way round.
        let mut by_secret = alone.clone();
        by_secret.metadata.token_endpoint_auth_method = Some(AuthMethod::ClientSecretJwt);
        assert_eq!(told(&by_secret, &named), Err("assertion.invalid"));
        by_secret.metadata.token_endpoint_auth_method = None;
        assert_eq!(told(&by_secret, &named), Err("assertion.invalid"));
    }
}
