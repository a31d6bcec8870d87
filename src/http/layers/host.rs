//! For which host a request is meant: the issuer's, the address that is listened on, or this machine itself. A name that somebody else
//! lets point here is not served, so that nobody's page can read answers of ours under its own name.

use std::net::SocketAddr;

use axum::{
    extract::Request,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{app::App, model::issuer::is_loopback_host, protocol::endpoints};

/// The refusal of a request for an unknown host.
pub fn refuse_unknown(app: &App, request: &Request) -> Option<Response> {
    let is_probe = [endpoints::HEALTH, endpoints::READY].contains(&request.uri().path());
    let mut named = request.headers().get_all(header::HOST).iter().filter_map(|host| host.to_str().ok());
    // RFC 9112 §3.2: one host, and one only.
    let named = named.next().filter(|_| named.next().is_none());
    let host = request.uri().authority().map(|authority| authority.as_str()).or(named).unwrap_or_default();
    if is_probe || is_known(app.config.issuer.authority(), app.config.listen, host) {
        return None;
    }
    let status = if host.is_empty() { StatusCode::BAD_REQUEST } else { StatusCode::MISDIRECTED_REQUEST };
    let text = format!("This server answers for {} only.\n", app.config.issuer);
    Some((status, text).into_response())
}

fn is_known(issuer: &str, listen: SocketAddr, host: &str) -> bool {
    let without_port = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    host.eq_ignore_ascii_case(issuer) || host == listen.to_string() || is_loopback_host(without_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_names_are_known() {
        let listen = "10.0.0.7:8443".parse().unwrap();
        for host in ["id.example.com", "ID.example.com", "10.0.0.7:8443", "localhost:8080", "127.0.0.1", "[::1]:8443"] {
            assert!(is_known("id.example.com", listen, host), "{host}");
        }
        for host in
            ["", "evil.example", "id.example.com.evil.example", "id.example.com:444", "10.0.0.7", "127.0.0.1.evil.example"]
        {
            assert!(!is_known("id.example.com", listen, host), "{host}");
        }
    }
}
