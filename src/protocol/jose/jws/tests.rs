//! Cases of signing and of strict reading.

use rsa::rand_core::{TryCryptoRng, TryRng};
use serde_json::{Value, json};
use time::macros::datetime;

use super::*;
use crate::{
    model::jwk::Material,
    protocol::jose::{key, provider},
};

const NOW: OffsetDateTime = datetime!(2026-11-24 12:00 UTC);

/// What `app` brings along outside of tests.
pub struct Random;

impl TryRng for Random {
    type Error = std::convert::Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }
    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        aws_lc_rs::rand::fill(bytes).unwrap();
        Ok(())
    }
}

impl TryCryptoRng for Random {}

fn expected() -> Expected<'static> {
    Expected {
        types: &[Some("at+jwt")],
        issuer: Some("https://i"),
        audience: &["a"],
        expiry: Expiry::Checked { now: NOW, leeway: Duration::ZERO },
    }
}

fn claims() -> Value {
    json!({ "iss": "https://i", "aud": ["x", "a"], "exp": NOW.unix_timestamp() + 60, "sub": "s" })
}

fn signer(algorithm: Algorithm) -> (Signer, VerifyingKey) {
    let (private, public) = key::generate(algorithm, &mut Random).unwrap();
    let kid = public.kid.clone().unwrap();
    provider::keep(&kid, key::parse(algorithm, &private).unwrap());
    (Signer { kid, algorithm }, VerifyingKey::from_jwk(&public, algorithm).unwrap())
}

fn read(token: &str, key: &VerifyingKey) -> Result<Value, Refused> {
    verify(token, &expected(), |_| Some(Key::Borrowed(key)))
}

#[test]
fn every_algorithm_signs_what_it_verifies() {
    for algorithm in Algorithm::ASYMMETRIC {
        let (signer, key) = signer(*algorithm);
        let token = sign(Some("at+jwt"), &signer, &claims()).unwrap();
        assert_eq!(read(&token, &key).unwrap()["sub"], "s", "{algorithm}");
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let bent: String = signature.chars().map(|letter| if letter == 'A' { 'B' } else { 'A' }).collect();
        assert!(read(&format!("{signed}.{bent}"), &key).is_err(), "{algorithm}");
        provider::forget(&signer.kid);
        assert!(sign(None, &signer, &claims()).is_err(), "{algorithm}: a forgotten key signs nothing");
    }
}

#[test]
fn the_header_begins_with_its_algorithm() {
    let (signer, _) = signer(Algorithm::ES256);
    let token = sign(Some("JWT"), &signer, &claims()).unwrap();
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    assert!(header.starts_with(br#"{"alg":"ES256","typ":"JWT","kid":""#));
}

#[test]
fn jo_16_a_token_is_what_was_expected_or_refused() {
    let (signer, key) = signer(Algorithm::ES256);
    let with = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        read(&sign(Some("at+jwt"), &signer, &claims).unwrap(), &key)
    };
    assert!(with("nbf", json!(NOW.unix_timestamp())).is_ok());
    for (name, value) in [
        ("iss", json!("https://other")),
        ("aud", json!("other")),
        ("aud", json!([])),
        ("exp", json!(NOW.unix_timestamp())),
        ("exp", json!(null)),
        ("exp", json!(0)),
        ("exp", json!(-5)),
        ("exp", json!(9e18)),
        ("exp", json!("tomorrow")),
        ("exp", json!(NOW.unix_timestamp() as f64 + 60.5)),
        ("exp", json!(1e10)),
        ("nbf", json!(-1)),
        ("iat", json!(NOW.unix_timestamp() + 61)),
        ("nbf", json!(NOW.unix_timestamp() + 5)),
    ] {
        assert!(with(name, value.clone()).is_err(), "{name} {value}");
    }
    for typ in [None, Some("JWT"), Some("application/jwt")] {
        assert!(read(&sign(typ, &signer, &claims()).unwrap(), &key).is_err(), "{typ:?}");
    }
}

/// A token with this header text and these claims, signed properly.
fn assembled(signer: &Signer, header: &str, claims: &str) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let handle = EncodingKey::from_ec_der(signer.kid.as_bytes());
    let signature = jsonwebtoken::crypto::sign(signed.as_bytes(), &handle, jsonwebtoken::Algorithm::ES256).unwrap();
    format!("{signed}.{signature}")
}

#[test]
fn jo_01_jo_04_jo_07_jo_08_jo_14_other_forms_are_refused() {
    let (signer, key) = signer(Algorithm::ES256);
    let good_claims = claims().to_string();
    let good = assembled(&signer, r#"{"alg":"ES256","typ":"at+jwt"}"#, &good_claims);
    assert!(read(&good, &key).is_ok());
    for header in [
        r#"{"alg":"none","typ":"at+jwt"}"#,
        r#"{"alg":"None","typ":"at+jwt"}"#,
        r#"{"alg":"","typ":"at+jwt"}"#,
        r#"{"alg":"HS256","typ":"at+jwt"}"#,
        r#"{"alg":"RS256","typ":"at+jwt"}"#,
        r#"{"alg":"ES256","alg":"ES256","typ":"at+jwt"}"#,
        r#"{"alg":"ES256","typ":"at+jwt","crit":["x"]}"#,
        r#"{"alg":"ES256","typ":"at+jwt","b64":false}"#,
        r#"{"alg":"ES256","typ":"at+jwt","crit":null}"#,
        r#"{"alg":"ES256","typ":"at+jwt","jku":"https://127.0.0.1/"}"#,
        r#"{"alg":"ES256","typ":"at+jwt","x5u":"https://127.0.0.1/"}"#,
        r#"{"alg":"ES256","typ":"at+jwt","jwk":{}}"#,
        r#"["ES256","at+jwt"]"#,
        r#"["ES256"]"#,
    ] {
        assert!(read(&assembled(&signer, header, &good_claims), &key).is_err(), "{header}");
    }
    let twice = good_claims.replacen('{', r#"{"sub":"other","#, 1);
    let header = r#"{"alg":"ES256","typ":"at+jwt"}"#;
    assert!(read(&assembled(&signer, header, &twice), &key).is_err());
    let nested = good_claims.replacen('{', r#"{"x":{"a":1,"a":2},"#, 1);
    assert!(read(&assembled(&signer, header, &nested), &key).is_err());
    let [head, body, signature] = good.split('.').collect::<Vec<_>>()[..] else { panic!() };
    for other in [
        format!("{head}.{body}."),
        format!("{head}.{body}"),
        format!("{head}.{body}.{signature}="),
        format!("{head}=.{body}.{signature}"),
        format!("{head}.{body}.{signature}.{signature}"),
        format!(" {good}"),
        format!("{good}\n"),
        json!({ "payload": body, "protected": head, "signature": signature }).to_string(),
        "x".repeat(20_000),
        String::new(),
    ] {
        assert!(read(&other, &key).is_err(), "{other:.60}");
    }
}

#[test]
fn jo_02_a_public_key_is_no_shared_secret() {
    let (_, public) = key::generate(Algorithm::RS256, &mut Random).unwrap();
    let key = VerifyingKey::from_jwk(&public, Algorithm::RS256).unwrap();
    let header =
        jsonwebtoken::Header { typ: Some("at+jwt".to_owned()), ..jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS256) };
    for secret in [serde_json::to_vec(&public).unwrap(), public.kid.clone().unwrap().into_bytes()] {
        let token = jsonwebtoken::encode(&header, &claims(), &EncodingKey::from_secret(&secret)).unwrap();
        assert!(read(&token, &key).is_err());
    }
}

#[test]
fn the_left_half_of_the_hash_is_that_of_the_specification() {
    // OpenID Connect Core, appendix A.3.
    assert_eq!(half_hash(Algorithm::RS256, "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"), "77QmUPtjPfzWtF2AnpK9RQ");
}

#[test]
fn rsa_keys_have_2048_bits() {
    let (_, public) = key::generate(Algorithm::RS256, &mut Random).unwrap();
    let Material::Rsa { n, .. } = public.material else { panic!() };
    assert_eq!(URL_SAFE_NO_PAD.decode(n).unwrap().len(), 256);
}
