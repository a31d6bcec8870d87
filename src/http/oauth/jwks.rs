//! The published key set. RFC 7517 §5.

use axum::{extract::State, http::HeaderMap, response::Response};

use crate::{
    app::{App, call::Call},
    http::answer,
    services::signing_keys,
};

use super::discovery::cacheable;

/// Without a database the keys that were read last are told on: what was published may be known, and verifiers keep it as long anyway.
pub async fn keys(State(app): State<App>, call: Call, headers: HeaderMap) -> Response {
    if let Err(fault) = signing_keys::refresh(&app, call.now).await {
        answer::fault(&fault);
    }
    cacheable(&headers, &app.keys.published(), "application/json")
}
