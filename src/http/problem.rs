//! Refusals as problem documents. RFC 9457.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};

use crate::{
    app::failures::Failures,
    model::fault::{Failure, Fault},
    services::refusal::Refusal,
};

use super::answer::{self, Reason};

const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");

/// What went wrong with a managing request, on its way out. The outermost layer adds the request's id.
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    title: &'static str,
    detail: Option<String>,
    errors: Value,
    reason: &'static str,
}

impl Problem {
    pub fn new(status: StatusCode, title: &'static str, reason: &'static str) -> Self {
        Self { status, title, detail: None, errors: Value::Null, reason }
    }

    pub fn because(self, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..self }
    }

    fn of(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unauthenticated(reason) => Self::new(StatusCode::UNAUTHORIZED, "Not authenticated", reason)
                .because("The credential is missing, unknown, expired or revoked."),
            Refusal::Throttled => Self::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests", "credential.too_many_failures")
                .because("Too many credentials from this address were wrong."),
            Refusal::Forbidden(detail) => Self::new(StatusCode::FORBIDDEN, "Not allowed", "permission.denied").because(detail),
            Refusal::NotFound(what) => {
                Self::new(StatusCode::NOT_FOUND, "Not found", "record.absent").because(format!("There is no such {what}."))
            }
            Refusal::Conflict(detail) => Self::new(StatusCode::CONFLICT, "Conflict", "record.conflict").because(detail),
            Refusal::Invalid(fields) => {
                let errors =
                    fields.iter().map(|field| json!({ "field": field.field, "code": "invalid", "detail": field.detail }));
                let errors = errors.collect();
                let problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "Not valid", "body.invalid");
                Self { errors, ..problem.because(Refusal::Invalid(fields).to_string()) }
            }
        }
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        let (status, _) = answer::fault(&fault);
        Self::new(status, "Something failed on our side", "fault")
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::of(refusal)
    }
}

impl From<Failure<Refusal>> for Problem {
    fn from(failure: Failure<Refusal>) -> Self {
        match failure {
            Failure::Refused(refusal) => Self::of(refusal),
            Failure::Broken(fault) => fault.into(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = answer::no_store(self.status.into_response());
        let headers = response.headers_mut();
        match self.status {
            StatusCode::UNAUTHORIZED => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"keyward\""));
            }
            StatusCode::TOO_MANY_REQUESTS => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(Failures::WINDOW.as_secs()));
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            }
            _ => {}
        }
        response.extensions_mut().insert(Reason(self.reason));
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes the document of an answer that is a problem, and a line in the log for whoever is asked why.
pub fn finish(response: Response, request_id: &str) -> Response {
    let Some(problem) = response.extensions().get::<Problem>().cloned() else { return response };
    answer::log_refusal(request_id, "management", &response);
    let members = [
        ("type", json!("about:blank")),
        ("title", json!(problem.title)),
        ("status", json!(problem.status.as_u16())),
        ("detail", json!(problem.detail)),
        ("errors", problem.errors),
        ("requestId", json!(request_id)),
    ];
    let document: Map<_, _> =
        members.into_iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.to_owned(), value)).collect();
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(header::CONTENT_TYPE, MEDIA_TYPE);
    Response::from_parts(parts, Value::Object(document).to_string().into())
}

/// The path of a managing request: everything about it is told as a problem.
pub fn is_managing(path: &str) -> bool {
    path.starts_with("/v1/")
}

/// Nothing is answered at this path, or not by this method.
pub fn no_route(status: StatusCode) -> Response {
    let title = if status == StatusCode::NOT_FOUND { "Not found" } else { "Method not allowed" };
    Problem::new(status, title, "route.absent").into_response()
}
