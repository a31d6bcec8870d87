//! The span of a request, for those who collect traces: method, route, status and our own id. Nothing that its caller wrote is in it.

use axum::{
    extract::{MatchedPath, Request},
    http::{Method, StatusCode},
};
use tracing::{Span, field::Empty};

use crate::app::{App, traces};

use super::peer;

/// Costs nothing unless spans are exported.
pub fn begin(app: &App, request: &Request, request_id: &str) -> Span {
    let span = tracing::info_span!(
        target: traces::TARGET,
        "request",
        otel.kind = "server",
        otel.name = Empty,
        otel.status_code = Empty,
        http.request.method = Empty,
        http.route = Empty,
        http.response.status_code = Empty,
        request_id,
    );
    if span.is_disabled() {
        return span;
    }
    let method = request.method();
    span.record("http.request.method", if is_standard(method) { method.as_str() } else { "_OTHER" });
    let name = if is_standard(method) { method.as_str() } else { "HTTP" };
    match request.extensions().get::<MatchedPath>() {
        Some(route) => span.record("http.route", route.as_str()).record("otel.name", format!("{name} {}", route.as_str())),
        None => span.record("otel.name", name),
    };
    if let Some(parent) = request.headers().get("traceparent").and_then(|value| value.to_str().ok())
        && peer::is_proxy(app, request)
    {
        traces::continue_from(&span, parent);
    }
    span
}

pub fn answered(span: &Span, status: StatusCode) {
    if span.is_disabled() {
        return;
    }
    span.record("http.response.status_code", i64::from(status.as_u16()));
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
}

/// Any other method is a text of the caller's.
fn is_standard(method: &Method) -> bool {
    let standard =
        [Method::GET, Method::POST, Method::HEAD, Method::OPTIONS, Method::PUT, Method::PATCH, Method::DELETE, Method::TRACE];
    standard.contains(method) || method == Method::CONNECT
}
