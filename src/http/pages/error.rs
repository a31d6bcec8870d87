//! Pages that end in a refusal; nothing of the request is shown on them. Struct of templates/pages/error.html.

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::Response,
};

use crate::{
    app::{App, call::Call},
    http::{
        answer::{self, Reason},
        pages::{self, Policy, frame::Frame},
        problem,
        words::Words,
    },
    model::fault::{Failure, Fault, FaultKind},
    protocol::authorize::Doubt,
    services::authorize::Stopped,
};

#[derive(Debug, Template)]
#[template(path = "pages/error.html")]
pub struct ErrorPage {
    pub words: Words,
    pub frame: Frame,
    pub kind: ErrorKind,
    pub request_id: String,
    /// For developers, in our own words: nothing of the request.
    pub details: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    UnknownClient,
    BadRedirect,
    BadRequest,
    Expired,
    Used,
    Disabled,
    NotFound,
    Unavailable,
    Server,
}

impl ErrorKind {
    /// The message: its title, with `lead` and `advice` as attributes.
    fn key(self) -> &'static str {
        match self {
            Self::UnknownClient => "error-unknown-client",
            Self::BadRedirect => "error-bad-redirect",
            Self::BadRequest => "error-bad-request",
            Self::Expired => "error-expired",
            Self::Used => "error-used",
            Self::Disabled => "error-disabled",
            Self::NotFound => "error-not-found",
            Self::Unavailable => "error-unavailable",
            Self::Server => "error-server",
        }
    }
}

/// An interaction or request that ends here.
pub fn stopped(app: &App, call: &Call, headers: &HeaderMap, stopped: Stopped, ui_locales: Option<&str>) -> Response {
    let (kind, status, reason, details) = match stopped {
        Stopped::Doubt(doubt) => {
            let (kind, details) = match doubt {
                Doubt::ClientMissing => (ErrorKind::UnknownClient, "The parameter `client_id` is missing."),
                Doubt::ClientUnknown => {
                    (ErrorKind::UnknownClient, "No client is registered under the `client_id` that was sent.")
                }
                Doubt::RedirectMissing => (ErrorKind::BadRedirect, "The parameter `redirect_uri` is missing."),
                Doubt::RedirectMismatch => {
                    (ErrorKind::BadRedirect, "The `redirect_uri` must equal a registered one byte for byte.")
                }
                Doubt::Malformed => (
                    ErrorKind::BadRequest,
                    "The parameters are malformed, or `client_id` or `redirect_uri` was sent more than once.",
                ),
            };
            (kind, StatusCode::BAD_REQUEST, doubt.reason(), Some(details))
        }
        Stopped::Used => (ErrorKind::Used, StatusCode::BAD_REQUEST, "interaction.used", None),
        Stopped::Expired => (ErrorKind::Expired, StatusCode::BAD_REQUEST, "interaction.expired", None),
        Stopped::OtherBrowser => (ErrorKind::Expired, StatusCode::FORBIDDEN, "interaction.other_browser", None),
        Stopped::Disabled => (ErrorKind::Disabled, StatusCode::FORBIDDEN, "user.disabled", None),
    };
    let mut response = page(app, call, headers, kind, status, details, ui_locales);
    response.extensions_mut().insert(Reason(reason));
    answer::log_refusal(&call.request_id, "page", &response);
    response
}

pub fn failed(app: &App, call: &Call, headers: &HeaderMap, failure: Failure<Stopped>) -> Response {
    match failure {
        Failure::Refused(refusal) => stopped(app, call, headers, refusal, None),
        Failure::Broken(fault) => broken(app, call, headers, &fault),
    }
}

pub fn broken(app: &App, call: &Call, headers: &HeaderMap, fault: &Fault) -> Response {
    let (status, _) = answer::fault(fault);
    let kind = if fault.kind == FaultKind::Unavailable { ErrorKind::Unavailable } else { ErrorKind::Server };
    let mut response = page(app, call, headers, kind, status, None, None);
    if fault.kind == FaultKind::Unavailable {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

pub async fn not_found(State(app): State<App>, call: Call, headers: HeaderMap, uri: Uri) -> Response {
    if problem::is_managing(uri.path()) {
        return problem::no_route(StatusCode::NOT_FOUND);
    }
    page(&app, &call, &headers, ErrorKind::NotFound, StatusCode::NOT_FOUND, None, None)
}

fn page(
    app: &App,
    call: &Call,
    headers: &HeaderMap,
    kind: ErrorKind,
    status: StatusCode,
    details: Option<&str>,
    ui_locales: Option<&str>,
) -> Response {
    let words = pages::words(headers, None, ui_locales);
    let page = ErrorPage {
        words,
        frame: pages::frame(None, words, None),
        kind,
        request_id: call.request_id.clone(),
        details: details.map(str::to_owned),
    };
    pages::html(app, status, &page, &Policy::default())
}
