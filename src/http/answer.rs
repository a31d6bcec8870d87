//! Results become answers here, and faults are logged here, once.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::json;

use crate::{
    app::{failures::Failures, telemetry},
    model::fault::{Failure, Fault, FaultKind},
    protocol::error::{ErrorCode, OAuthError},
};

/// Why an answer is a refusal: our own tag. It rides along in the response's extensions, for logs and tests, and never on the wire.
#[derive(Debug, Clone, Copy)]
pub struct Reason(pub &'static str);

/// A fault on its way out.
#[derive(Debug)]
pub struct Broken(pub Fault);

impl From<Fault> for Broken {
    fn from(fault: Fault) -> Self {
        Self(fault)
    }
}

impl IntoResponse for Broken {
    fn into_response(self) -> Response {
        match fault(&self.0) {
            (StatusCode::SERVICE_UNAVAILABLE, _) => unavailable(),
            (status, code) => failed(status, code),
        }
    }
}

/// To be asked again a little later.
pub fn unavailable() -> Response {
    let mut response = failed(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::TemporarilyUnavailable);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

fn failed(status: StatusCode, code: ErrorCode) -> Response {
    let body = json!({ "error": code.as_str(), "error_description": "Something failed on our side." });
    no_store((status, Json(body)).into_response())
}

/// Logs a fault with its chain and says how it is told.
pub fn fault(fault: &Fault) -> (StatusCode, ErrorCode) {
    telemetry::tell_fault("request", &fault.chain());
    match fault.kind {
        FaultKind::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::TemporarilyUnavailable),
        FaultKind::Orphaned | FaultKind::Broken => (StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::ServerError),
    }
}

/// How a client authenticated decides what a 401 must say. RFC 6749 §5.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Challenge {
    None,
    Basic,
    Bearer,
}

/// JSON for success, RFC 6749 §5.2 for a refusal; never stored.
pub fn oauth<T: Serialize>(result: Result<T, Failure<OAuthError>>, challenge: Challenge) -> Response {
    match result {
        Ok(body) => no_store(Json(body).into_response()),
        Err(Failure::Refused(error)) => refused(&error, challenge),
        Err(Failure::Broken(fault)) => Broken(fault).into_response(),
    }
}

pub fn refused(error: &OAuthError, challenge: Challenge) -> Response {
    let status = StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::BAD_REQUEST);
    let body = json!({ "error": error.code.as_str(), "error_description": error.description });
    let mut response = no_store((status, Json(body)).into_response());
    let headers = response.headers_mut();
    match (challenge, error.code) {
        (Challenge::Basic, ErrorCode::InvalidClient) => {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"keyward\", charset=\"UTF-8\""));
        }
        (Challenge::Bearer, ErrorCode::InvalidToken | ErrorCode::InsufficientScope | ErrorCode::InvalidRequest) => {
            let value = format!("Bearer error=\"{}\", error_description=\"{}\"", error.code.as_str(), error.description);
            headers.extend(HeaderValue::from_str(&value).ok().map(|value| (header::WWW_AUTHENTICATE, value)));
        }
        (Challenge::None | Challenge::Basic | Challenge::Bearer, _) => {}
    }
    if error.code == ErrorCode::TooManyFailures {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(Failures::WINDOW.as_secs()));
    }
    response.extensions_mut().insert(Reason(error.reason));
    response
}

/// Always 303, so that no browser repeats a form's body elsewhere. RFC 9700 §4.12.
pub fn see_other(location: &str) -> Response {
    match HeaderValue::from_str(location) {
        Ok(location) => no_store((StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// RFC 6749 §5.1 asks for both.
pub fn no_store(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

/// The reason and the request, in the log, for whoever is asked why.
pub fn log_refusal(request_id: &str, endpoint: &'static str, response: &Response) {
    if let Some(Reason(reason)) = response.extensions().get() {
        tracing::info!(target: "keyward::refusal", request_id, endpoint, reason, "refused");
        metrics::counter!("keyward_refusals_total", "endpoint" => endpoint, "reason" => *reason).increment(1);
    }
}
