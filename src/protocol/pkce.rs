//! Proof key for code exchange, S256 only. RFC 7636, RFC 9700 §2.1.1.

use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use subtle::ConstantTimeEq;

use super::{error::OAuthError, params::Params};

/// Reads the challenge of an authorization request. Obligatory where `is_required`.
pub fn read_challenge(params: &Params, is_required: bool) -> Result<Option<String>, OAuthError> {
    let method = params.get("code_challenge_method");
    match (params.get("code_challenge"), method) {
        (None, None) if is_required => Err(OAuthError::invalid_request(
            "pkce.challenge_missing",
            "This client must send a `code_challenge` with `code_challenge_method` S256.",
        )),
        (None, None) => Ok(None),
        (None, Some(_)) => Err(OAuthError::invalid_request(
            "pkce.challenge_missing",
            "There is a `code_challenge_method` but no `code_challenge`.",
        )),
        // Left out, it would mean `plain` (RFC 7636 §4.3).
        (Some(_), method) if method != Some("S256") => {
            Err(OAuthError::invalid_request("pkce.method_unsupported", "The `code_challenge_method` must be S256."))
        }
        (Some(challenge), _) if is_sha256(challenge) => Ok(Some(challenge.to_owned())),
        (Some(_), _) => Err(OAuthError::invalid_request(
            "pkce.challenge_malformed",
            "The `code_challenge` must be the 43 base64url characters of a SHA-256 hash.",
        )),
    }
}

fn is_sha256(challenge: &str) -> bool {
    URL_SAFE_NO_PAD.decode(challenge).is_ok_and(|bytes| bytes.len() == 32)
}

/// Compares the verifier of a token request with the challenge that the code is bound to.
pub fn verify(challenge: Option<&str>, verifier: Option<&str>) -> Result<(), OAuthError> {
    match (challenge, verifier) {
        (None, None) => Ok(()),
        // RFC 9700 §4.8.2: someone cut the challenge out of the authorization request.
        (None, Some(_)) => Err(OAuthError::invalid_grant(
            "pkce.verifier_unexpected",
            "There is a `code_verifier`, but the authorization request had no `code_challenge`.",
        )),
        (Some(_), None) => Err(OAuthError::invalid_grant("pkce.verifier_missing", "The `code_verifier` is missing.")),
        (Some(_), Some(verifier)) if !is_verifier(verifier) => Err(OAuthError::invalid_grant(
            "pkce.verifier_malformed",
            "The `code_verifier` must be 43 to 128 unreserved characters.",
        )),
        (Some(challenge), Some(verifier)) => {
            let hash = digest::digest(&digest::SHA256, verifier.as_bytes());
            let is_right: bool = URL_SAFE_NO_PAD.encode(hash).as_bytes().ct_eq(challenge.as_bytes()).into();
            is_right.then_some(()).ok_or_else(|| {
                OAuthError::invalid_grant("pkce.verifier_mismatch", "The `code_verifier` does not fit the `code_challenge`.")
            })
        }
    }
}

/// RFC 7636 §4.1.
fn is_verifier(verifier: &str) -> bool {
    (43..=128).contains(&verifier.len())
        && verifier.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636 appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn read(query: &str, is_required: bool) -> Result<Option<String>, &'static str> {
        read_challenge(&Params::parse(query.as_bytes()).unwrap(), is_required).map_err(|error| error.reason)
    }

    #[test]
    fn the_example_of_the_specification_holds() {
        assert_eq!(read(&format!("code_challenge={CHALLENGE}&code_challenge_method=S256"), true), Ok(Some(CHALLENGE.to_owned())));
        assert_eq!(verify(Some(CHALLENGE), Some(VERIFIER)), Ok(()));
    }

    #[test]
    fn pk_01_pk_02_pk_04_challenges_are_s256_or_refused() {
        assert_eq!(read("", false), Ok(None));
        assert_eq!(read("", true), Err("pkce.challenge_missing"));
        for method in ["plain", "s256", "S512", ""] {
            let query = format!("code_challenge={CHALLENGE}&code_challenge_method={method}");
            assert_eq!(read(&query, false), Err("pkce.method_unsupported"), "{method}");
        }
        for challenge in [&CHALLENGE[1..], &format!("{CHALLENGE}A"), &format!("{CHALLENGE}%3D"), &CHALLENGE.replace('-', "*")] {
            let query = format!("code_challenge={challenge}&code_challenge_method=S256");
            assert_eq!(read(&query, false), Err("pkce.challenge_malformed"), "{challenge}");
        }
    }

    #[test]
    fn pk_07_verifiers_fit_or_are_refused() {
        fn refused(challenge: Option<&str>, verifier: Option<&str>) -> Result<(), &'static str> {
            verify(challenge, verifier).map_err(|error| error.reason)
        }
        assert_eq!(refused(None, None), Ok(()));
        assert_eq!(refused(None, Some(VERIFIER)), Err("pkce.verifier_unexpected"));
        assert_eq!(refused(Some(CHALLENGE), None), Err("pkce.verifier_missing"));
        assert_eq!(refused(Some(CHALLENGE), Some(&"a".repeat(43))), Err("pkce.verifier_mismatch"));
        assert_eq!(refused(Some(CHALLENGE), Some(&"a".repeat(128))), Err("pkce.verifier_mismatch"));
        for malformed in ["a", &"a".repeat(42), &"a".repeat(129), &"a+".repeat(30)] {
            assert_eq!(refused(Some(CHALLENGE), Some(malformed)), Err("pkce.verifier_malformed"), "{malformed}");
        }
    }
}
