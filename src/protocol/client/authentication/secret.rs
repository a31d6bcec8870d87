//! `client_secret_basic` and `client_secret_post`. RFC 6749 §2.3.1.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{
    model::{
        id::ClientId,
        secret::{Digest, Secret},
    },
    protocol::error::OAuthError,
};

/// Client id and secret of a Basic header; both are form-encoded before they are joined.
pub fn basic(header: &[u8]) -> Result<(ClientId, Secret), OAuthError> {
    let malformed = || OAuthError::invalid_client("client.basic_malformed");
    let header = std::str::from_utf8(header).map_err(|_| malformed())?;
    let (scheme, encoded) = header.split_once(' ').ok_or_else(malformed)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(malformed());
    }
    let pair = STANDARD.decode(encoded.trim()).map_err(|_| malformed())?;
    let pair = String::from_utf8(pair).map_err(|_| malformed())?;
    let (id, secret) = pair.split_once(':').ok_or_else(malformed)?;
    let decode = |text: &str| form_urlencoded::parse(text.as_bytes()).next().map(|(name, _)| name.into_owned());
    // A bare `=` or `&` would be read as a delimiter; such a value was not encoded and stands as it is.
    let read = |text: &str| if text.contains(['=', '&']) { Some(text.to_owned()) } else { decode(text) };
    match (read(id), read(secret)) {
        (Some(id), Some(secret)) => Ok((ClientId(id), Secret::new(secret))),
        (Some(id), None) => Ok((ClientId(id), Secret::new(""))),
        _ => Err(malformed()),
    }
}

/// Is it one of these? All are looked at, in constant time.
pub fn is_one_of(presented: &Secret, digests: impl Iterator<Item = Digest>) -> bool {
    let presented = Digest::of(presented.reveal());
    digests.fold(false, |found, digest| (digest == presented) | found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_one_of_those_that_are_good() {
        let is_one =
            |presented: &str, kept: &[&str]| is_one_of(&Secret::new(presented), kept.iter().map(|text| Digest::of(text)));
        assert!(is_one("a", &["a"]) && is_one("a", &["a", "b"]) && is_one("b", &["a", "b"]) && is_one("a", &["a", "a"]));
        assert!(!is_one("c", &["a", "b"]) && !is_one("a", &[]));
    }

    #[test]
    fn a_header_without_a_secret_has_an_empty_one() {
        let header = format!("Basic {}", STANDARD.encode("app:"));
        let (id, secret) = basic(header.as_bytes()).unwrap();
        assert_eq!((id.as_str(), secret.reveal()), ("app", ""));
    }
}
