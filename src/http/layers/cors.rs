//! Cross-origin reading: any origin, without credentials, for what a browser app needs; nowhere else. CONTRACT: fixed list.

use axum::{
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::protocol::endpoints;

const OPEN: &[&str] = &[
    endpoints::OPENID_CONFIGURATION,
    endpoints::AUTHORIZATION_SERVER,
    endpoints::JWKS,
    endpoints::TOKEN,
    endpoints::USERINFO,
    endpoints::REVOKE,
];

const EXPOSED: HeaderValue = HeaderValue::from_static("WWW-Authenticate, X-Request-Id");

/// The answer to a preflight, where there may be one.
pub fn preflight(method: &Method, path: &str, origin: &Option<HeaderValue>) -> Option<Response> {
    (method == Method::OPTIONS && origin.is_some() && OPEN.contains(&path)).then(|| {
        let headers: [(HeaderName, HeaderValue); 4] = [
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
            (header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST")),
            (header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("Authorization, Content-Type")),
            (header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400")),
        ];
        (StatusCode::NO_CONTENT, headers).into_response()
    })
}

pub fn allow(path: &str, response: &mut Response) {
    if OPEN.contains(&path) {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
}
