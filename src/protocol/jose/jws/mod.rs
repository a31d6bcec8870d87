//! Compact JSON Web Signatures, strictly read. RFC 7515, RFC 7519, RFC 8725.

use std::{borrow::Cow, fmt};

use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::EncodingKey;
use serde::{
    Deserialize, Serialize,
    de::{DeserializeOwned, IgnoredAny},
};
use time::{Duration, OffsetDateTime};

use crate::{
    model::{fault::Fault, names::Algorithm},
    protocol::json,
};

pub use super::key::VerifyingKey;

/// Longer tokens are not even decoded.
const LONGEST: usize = 16 * 1024;

/// A key of ours that may sign now; the key itself is with the provider, under its kid.
#[derive(Clone)]
pub struct Signer {
    pub kid: String,
    pub algorithm: Algorithm,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.algorithm, self.kid)
    }
}

#[derive(Serialize)]
struct SignedHeader<'a> {
    alg: Algorithm,
    #[serde(skip_serializing_if = "Option::is_none")]
    typ: Option<&'a str>,
    kid: &'a str,
}

/// `alg` is the first member of the header.
pub fn sign(typ: Option<&str>, signer: &Signer, claims: &impl Serialize) -> Result<String, Fault> {
    let broken = |error: serde_json::Error| Fault::while_doing("write a token", error);
    let header = serde_json::to_vec(&SignedHeader { alg: signer.algorithm, typ, kid: &signer.kid }).map_err(broken)?;
    let claims = serde_json::to_vec(claims).map_err(broken)?;
    let mut token = String::with_capacity(header.len() + claims.len() * 4 / 3 + 400);
    URL_SAFE_NO_PAD.encode_string(header, &mut token);
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(claims, &mut token);
    let handle = signer.kid.as_bytes();
    let (handle, algorithm) = match signer.algorithm {
        Algorithm::RS256 => (EncodingKey::from_rsa_der(handle), jsonwebtoken::Algorithm::RS256),
        Algorithm::PS256 => (EncodingKey::from_rsa_der(handle), jsonwebtoken::Algorithm::PS256),
        Algorithm::ES256 => (EncodingKey::from_ec_der(handle), jsonwebtoken::Algorithm::ES256),
        Algorithm::EdDSA => (EncodingKey::from_ed_der(handle), jsonwebtoken::Algorithm::EdDSA),
        Algorithm::HS256 => return Err(Fault::new("this server signs with no shared secret")),
    };
    let signature = jsonwebtoken::crypto::sign(token.as_bytes(), &handle, algorithm);
    let signature = signature.map_err(|error| Fault::while_doing("sign a token", error))?;
    token.push('.');
    token.push_str(&signature);
    Ok(token)
}

/// What a header says.
#[derive(Debug, Deserialize)]
pub struct Header {
    pub alg: String,
    #[serde(default)]
    pub typ: Option<String>,
    #[serde(default)]
    pub kid: Option<String>,
}

/// Members that would change how a token must be read, or whose key is to be taken from elsewhere: refused, whatever they hold.
const REFUSED_IN_HEADER: &[&str] = &["crit", "b64", "jku", "x5u", "x5c", "jwk", "zip", "enc"];

/// What a token must be to be accepted. RFC 8725 §3.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Every `typ` that will do; none stands for its absence.
    pub types: &'a [Option<&'a str>],
    pub issuer: Option<&'a str>,
    /// One of these must be an audience; empty: the caller judges the audience.
    pub audience: &'a [&'a str],
    pub expiry: Expiry,
}

#[derive(Debug, Clone, Copy)]
pub enum Expiry {
    Checked {
        now: OffsetDateTime,
        leeway: Duration,
    },
    /// Only for hints, which authenticate nobody.
    Ignored,
}

/// The token is not what was expected. Why not helps only those who forge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused;

/// Instants are whole seconds: a fraction, an exponent or a number past 63 bits is no instant.
#[derive(Deserialize)]
struct Registered<'a> {
    #[serde(default, borrow)]
    iss: Option<Cow<'a, str>>,
    #[serde(default)]
    aud: Option<OneOrMore>,
    #[serde(default)]
    exp: Option<i64>,
    #[serde(default)]
    nbf: Option<i64>,
    #[serde(default)]
    iat: Option<i64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

/// Finds the key by the header, checks the signature with the key's own algorithm, then the registered claims.
pub fn verify<'k, C: DeserializeOwned>(
    token: &str,
    expected: &Expected,
    key: impl FnOnce(&Header) -> Option<Key<'k>>,
) -> Result<C, Refused> {
    let (header, claims, signed, signature) = split(token).ok_or(Refused)?;
    let has_type = expected.types.iter().any(|typ| match (typ, &header.typ) {
        (Some(typ), Some(own)) => own.eq_ignore_ascii_case(typ),
        (None, None) => true,
        _ => false,
    });
    if !has_type {
        return Err(Refused);
    }
    let key = key(&header).ok_or(Refused)?;
    if header.alg != key.algorithm().as_str() || !key.is_signature(signed.as_bytes(), signature) {
        return Err(Refused);
    }
    let registered: Registered = serde_json::from_slice(&claims).map_err(|_| Refused)?;
    let is_issuer = expected.issuer.is_none_or(|issuer| registered.iss.as_deref() == Some(issuer));
    if is_issuer && is_audience(expected, &registered) && is_in_time(expected, &registered) {
        serde_json::from_slice(&claims).map_err(|_| Refused)
    } else {
        Err(Refused)
    }
}

/// A key for one verification: borrowed, or shared with a ring.
pub enum Key<'k> {
    Borrowed(&'k VerifyingKey),
    Shared(std::sync::Arc<VerifyingKey>),
}

impl std::ops::Deref for Key<'_> {
    type Target = VerifyingKey;
    fn deref(&self) -> &VerifyingKey {
        match self {
            Self::Borrowed(key) => key,
            Self::Shared(key) => key,
        }
    }
}

fn is_audience(expected: &Expected, registered: &Registered) -> bool {
    let own: &[String] = match &registered.aud {
        None => &[],
        Some(OneOrMore::One(one)) => std::slice::from_ref(one),
        Some(OneOrMore::More(more)) => more,
    };
    expected.audience.is_empty() || own.iter().any(|own| expected.audience.contains(&own.as_str()))
}

fn is_in_time(expected: &Expected, registered: &Registered) -> bool {
    /// Clocks of others may be so much ahead, at most.
    const AHEAD: i64 = 60;
    /// The last second of the year 9999.
    const END_OF_TIME: i64 = 253_402_300_799;
    let Expiry::Checked { now, leeway } = expected.expiry else { return true };
    let (now, leeway) = (now.unix_timestamp(), leeway.whole_seconds());
    // `exp` is obligatory in everything we accept.
    let is_alive = registered.exp.is_some_and(|exp| (1..=END_OF_TIME).contains(&exp) && exp + leeway > now);
    let has_begun = registered.nbf.is_none_or(|nbf| (0..=now + leeway).contains(&nbf));
    let is_of_the_past = registered.iat.is_none_or(|iat| (0..=now + AHEAD).contains(&iat));
    is_alive && has_begun && is_of_the_past
}

/// Header, claims, what was signed, and the signature of a compact token without duplicate members.
fn split(token: &str) -> Option<(Header, Vec<u8>, &str, &str)> {
    if token.len() > LONGEST {
        return None;
    }
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    if claims.contains('.') {
        return None;
    }
    let header = URL_SAFE_NO_PAD.decode(header).ok()?;
    let claims = URL_SAFE_NO_PAD.decode(claims).ok()?;
    json::object::<IgnoredAny>(&claims)?;
    let members: serde_json::Map<String, serde_json::Value> = json::object(&header)?;
    let is_plain = REFUSED_IN_HEADER.iter().all(|name| !members.contains_key(*name));
    let header = serde_json::from_value(serde_json::Value::Object(members)).ok()?;
    is_plain.then_some((header, claims, signed, signature))
}

/// Claims that nobody has vouched for yet: only good for finding out whose key to ask.
pub fn unverified<C: DeserializeOwned>(token: &str) -> Option<C> {
    let (_, claims, _, _) = split(token)?;
    serde_json::from_slice(&claims).ok()
}

/// The left half of a hash, for `at_hash`. OIDC Core §3.1.3.6. All algorithms here hash with SHA-256 but EdDSA, whose own is SHA-512.
pub fn half_hash(algorithm: Algorithm, text: &str) -> String {
    let hash = match algorithm {
        Algorithm::EdDSA => &digest::SHA512,
        Algorithm::RS256 | Algorithm::PS256 | Algorithm::ES256 | Algorithm::HS256 => &digest::SHA256,
    };
    let hashed = digest::digest(hash, text.as_bytes());
    let (left, _) = hashed.as_ref().split_at(hashed.as_ref().len() / 2);
    URL_SAFE_NO_PAD.encode(left)
}

#[cfg(test)]
pub mod tests;
