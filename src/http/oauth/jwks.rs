//! The published key set. RFC 7517 §5.

use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};

use crate::{
    app::{App, call::Call},
    http::answer::Broken,
    services::signing_keys,
};

use super::discovery::cacheable;

pub async fn keys(State(app): State<App>, call: Call, headers: HeaderMap) -> Response {
    match signing_keys::refresh(&app, call.now).await {
        Ok(()) => cacheable(&headers, &app.keys.published(), "application/json"),
        Err(fault) => Broken(fault).into_response(),
    }
}
