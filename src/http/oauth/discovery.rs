//! The metadata documents: built once, served as bytes. OIDC Discovery §4, RFC 8414 §3.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::app::App;

pub async fn metadata(State(app): State<App>, headers: HeaderMap) -> Response {
    cacheable(&headers, &app.metadata, "application/json")
}

/// Verifiers keep the keys so long, and a new key waits for it.
const CACHE_CONTROL: &str = "public, max-age=900";

/// A document that changes seldom: with `ETag`, and 304 for whoever has it.
pub fn cacheable(headers: &HeaderMap, document: &crate::app::documents::Document, media_type: &'static str) -> Response {
    let is_known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == document.etag.as_bytes());
    let etag = HeaderValue::from_str(&document.etag).unwrap_or(HeaderValue::from_static("\"\""));
    let common = [(header::ETAG, etag), (header::CACHE_CONTROL, HeaderValue::from_static(CACHE_CONTROL))];
    if is_known {
        return (StatusCode::NOT_MODIFIED, common).into_response();
    }
    (common, [(header::CONTENT_TYPE, HeaderValue::from_static(media_type))], document.bytes.clone()).into_response()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_new_key_waits_as_long_as_the_old_set_may_be_kept() {
        let lead = crate::app::key_ring::JWKS_MAX_AGE.whole_seconds();
        assert_eq!(super::CACHE_CONTROL, format!("public, max-age={lead}"));
    }
}
