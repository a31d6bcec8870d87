//! Redirect URIs: what may be registered, and the one way to a [`VerifiedRedirect`]. RFC 6749 §3.1.2, RFC 8252 §7.3, RFC 9700 §2.1.

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::{issuer::is_loopback_host, names::ApplicationType};

/// A redirect URI that was requested and equals a registered one. Only [`verify`] makes one; nothing else can be redirected to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VerifiedRedirect(String);

impl VerifiedRedirect {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Names of response parameters: a registered URI may not carry them in its query already.
const RESERVED_PARAMETERS: &[&str] =
    &["code", "state", "iss", "error", "error_description", "response", "id_token", "access_token", "session_state"];

/// May this URI be registered? The reason why not is for the client's developer.
pub fn check_registration(uri: &str, application_type: ApplicationType) -> Result<(), &'static str> {
    if uri.len() > 2048 || !uri.bytes().all(|byte| byte.is_ascii_graphic()) || uri.contains('\\') {
        return Err("must be at most 2048 printable ASCII characters without blanks or backslashes");
    }
    let url = Url::parse(uri).map_err(|_| "must be an absolute URI")?;
    if uri.contains('#') {
        return Err("must not have a fragment");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not have a user name or password");
    }
    if url.query_pairs().any(|(name, _)| RESERVED_PARAMETERS.contains(&name.as_ref())) {
        return Err("must not have a query parameter with the name of a response parameter");
    }
    let host = url.host_str().unwrap_or_default();
    match url.scheme() {
        "https" if host.contains('*') => Err("must not have a wildcard"),
        "https" if is_public_address(&url) => Err("must name a host, not an IP address"),
        "https" => Ok(()),
        "http" if is_loopback_host(host) => Ok(()),
        "http" => Err("must use https unless its host is a loopback address"),
        // A private-use scheme is a domain name in reverse, RFC 8252 §7.1; this keeps out javascript:, data: and their kin.
        scheme if application_type == ApplicationType::Native && scheme.contains('.') => Ok(()),
        _ => Err("must use https; native clients may use a private scheme that contains a dot"),
    }
}

fn is_public_address(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => !address.is_loopback() && !address.is_private(),
        Some(Host::Ipv6(address)) => !address.is_loopback() && !address.is_unique_local(),
        Some(Host::Domain(_)) | None => false,
    }
}

/// The registered URI that equals the requested one byte for byte; for native clients the port of a loopback address may differ.
pub fn verify(registered: &[String], requested: &str, application_type: ApplicationType) -> Option<VerifiedRedirect> {
    let is_same = |known: &String| {
        known == requested
            || (application_type == ApplicationType::Native
                && without_loopback_port(known).is_some_and(|known| without_loopback_port(requested) == Some(known)))
    };
    registered.iter().any(is_same).then(|| VerifiedRedirect(requested.to_owned()))
}

/// `http://127.0.0.1` or `http://[::1]` and what follows the port. RFC 8252 §7.3; the name `localhost` has no exception (§8.3).
fn without_loopback_port(uri: &str) -> Option<(&str, &str)> {
    ["http://127.0.0.1", "http://[::1]"].iter().find_map(|origin| {
        let rest = uri.strip_prefix(origin)?;
        let path = match rest.strip_prefix(':') {
            Some(port_and_path) => {
                let end = port_and_path.find('/').unwrap_or(port_and_path.len());
                let (port, path) = port_and_path.split_at_checked(end)?;
                let is_port = port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0);
                is_port.then_some(path)?
            }
            None => rest,
        };
        (path.is_empty() || path.starts_with('/')).then_some((*origin, path))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ApplicationType::{Native, Web};

    fn check(registered: &str, requested: &str, application_type: ApplicationType, allowed: bool) {
        let verified = verify(&[registered.to_owned()], requested, application_type);
        assert_eq!(verified.map(|redirect| redirect.0), allowed.then(|| requested.to_owned()), "{registered} {requested}");
    }

    #[test]
    fn a_redirect_uri_matches_byte_for_byte() {
        let registered = "https://app.example/cb";
        check(registered, registered, Web, true);
        for requested in [
            "https://app.example/cb/",
            "https://app.example/cb/x",
            "https://app.example/cbx",
            "https://app.example/cb/../x",
            "https://app.example/cb?x=1",
            "https://app.example/cb#f",
            "https://app.example:443/cb",
            "https://APP.example/cb",
            "HTTPS://app.example/cb",
            "https://app.example@evil.tld/cb",
            "https://evil.tld\\@app.example/cb",
            " https://app.example/cb",
            "https://app.example/c%62",
        ] {
            check(registered, requested, Web, false);
        }
    }

    #[test]
    fn native_clients_choose_the_port_of_a_loopback_address() {
        let registered = "http://127.0.0.1/cb";
        check(registered, "http://127.0.0.1:51004/cb", Native, true);
        check("http://127.0.0.1:8000/cb", "http://127.0.0.1:51004/cb", Native, true);
        check("http://[::1]/cb", "http://[::1]:51004/cb", Native, true);
        check("http://127.0.0.1:8000/cb", "http://127.0.0.1:51004/cb", Web, false);
        for requested in [
            "http://127.0.0.1:51004/cbx",
            "http://127.0.0.1:51004",
            "http://127.0.0.1.evil.tld/cb",
            "http://127.0.0.1@evil.tld/cb",
            "http://127.0.0.1:80@evil.tld/cb",
            "http://127.0.0.1:0/cb",
            "http://127.0.0.1:99999/cb",
            "http://127.0.0.1:+80/cb",
            "http://127.0.0.1:/cb",
            "http://2130706433/cb",
            "http://0x7f.1/cb",
            "http://localhost:51004/cb",
            "https://127.0.0.1:51004/cb",
            "http://[::1]:51004/cb",
        ] {
            check(registered, requested, Native, false);
        }
        check("http://localhost/cb", "http://localhost:51004/cb", Native, false);
    }

    #[test]
    fn az_08_az_10_az_14_what_cannot_be_kept_safe_cannot_be_registered() {
        let of_length = |length: usize| format!("https://app.example/{}", "a".repeat(length - "https://app.example/".len()));
        let (longest, too_long) = (of_length(2048), of_length(2049));
        for good in [
            "https://app.example/cb",
            "https://app.example/cb?tenant=1",
            "http://127.0.0.1:3000/cb",
            "http://localhost/cb",
            "https://127.0.0.1/cb",
            "https://10.1.2.3/cb",
            "https://[::1]/cb",
            "https://[fd00::1]/cb",
            &longest,
        ] {
            assert_eq!(check_registration(good, Web), Ok(()), "{good}");
        }
        assert_eq!(check_registration("com.example.app:/cb", Native), Ok(()));
        for bad in [
            "http://app.example/cb",
            "https://*.app.example/cb",
            "https://93.184.216.34/cb",
            "https://[2001:db8::1]/cb",
            "https://app.example/cb#f",
            "https://app.example/cb#",
            "https://u:p@app.example/cb",
            "https://u@app.example/cb",
            "https://:p@app.example/cb",
            &too_long,
            "https://app.example/cb?code=1",
            "https://app.example/cb?iss=1",
            "https://app.example/ cb",
            "javascript:alert(1)",
            "com.example.app:/cb",
            "/cb",
            "",
        ] {
            assert!(check_registration(bad, Web).is_err(), "{bad}");
        }
        for bad in ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd"] {
            assert!(check_registration(bad, Native).is_err(), "{bad}");
        }
        assert!(check_registration("http://app.example/cb", Native).unwrap_err().contains("loopback"), "not as a private scheme");
    }
}
