//! The issuer: the server's public URL, byte for byte as configured. OIDC Discovery §3, RFC 9207.

use std::fmt;

use url::Url;

/// An origin without path, query, fragment or trailing slash; https, or http on a loopback host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer(String);

impl Issuer {
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let url = Url::parse(text).map_err(|_| "must be a URL")?;
        let host = url.host_str().unwrap_or_default();
        if url.origin().ascii_serialization() != text {
            return Err("must be an origin in lower case: scheme, host and port, with no path and no trailing slash");
        }
        match url.scheme() {
            "https" => {}
            "http" if is_loopback_host(host) => {}
            _ => return Err("must begin with https:// unless its host is a loopback address"),
        }
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// The URL of a path of ours. `path` begins with a slash.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// The identifier of the management API as a resource server. RFC 8707, RFC 9728.
    pub fn management_api(&self) -> String {
        self.at("/v1")
    }

    /// `host` or `host:port`, as the `Host` header carries it.
    pub fn authority(&self) -> &str {
        self.0.split_once("://").map_or("", |(_, authority)| authority)
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `localhost`, an address of 127.0.0.0/8, or `[::1]`, as a URL's host prints.
pub fn is_loopback_host(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bare_origin_is_an_issuer() {
        for good in ["https://id.example.com", "https://id.example.com:8443", "http://127.0.0.1:8080", "http://[::1]:8080"] {
            assert!(Issuer::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "id.example.com",
            "http://id.example.com",
            "https://id.example.com/",
            "https://id.example.com/a",
            "https://ID.example.com",
            "https://id.example.com:443",
            "https://u@id.example.com",
            "https://id.example.com?x",
            "ftp://127.0.0.1",
        ] {
            assert!(Issuer::parse(bad).is_err(), "{bad}");
        }
    }
}
