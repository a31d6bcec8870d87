//! Parameters of a request as a handler gets them: from the query, or from a form of the right type and size.

use std::time::Duration;

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
};

use tokio::time::error::Elapsed;

use crate::protocol::{error::OAuthError, params::Params};

/// A form is small; one that is not here by then never will be.
const BODY_TIME: Duration = Duration::from_secs(10);

/// Every `Authorization` header, the query as received, and the form in the body.
#[derive(Debug)]
pub struct Form {
    pub headers: HeaderMap,
    pub query: Option<String>,
    pub params: Result<Params, OAuthError>,
}

impl Form {
    pub fn authorization(&self) -> Vec<&[u8]> {
        self.headers.get_all(header::AUTHORIZATION).iter().map(|value| value.as_bytes()).collect()
    }

    /// The form of an endpoint that takes nothing from its query: credentials there would end up in logs. No parameter comes twice.
    /// RFC 6749 §2.3.1 and §3.2.
    pub fn body_only(&self) -> Result<&Params, OAuthError> {
        if self.query.as_ref().is_some_and(|query| !query.is_empty()) {
            return Err(OAuthError::invalid_request(
                "parameters.in_query",
                "Parameters must be sent in the body, not in the URL.",
            ));
        }
        let params = self.params.as_ref().map_err(Clone::clone)?;
        params.refuse_repeated()?;
        Ok(params)
    }
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = std::convert::Infallible;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let headers = request.headers().clone();
        let query = request.uri().query().map(str::to_owned);
        let is_form = is_form(&headers);
        let body = in_time(Bytes::from_request(request, state)).await;
        let params = match body {
            Err(_) => Err(OAuthError::invalid_request("body.too_slow", "The body took too long to arrive.")),
            Ok(Err(_)) => Err(OAuthError::invalid_request("body.unreadable", "The body is too large or was cut off.")),
            Ok(Ok(body)) if body.is_empty() => Ok(Params::default()),
            Ok(Ok(body)) if is_form => Params::parse(&body),
            Ok(Ok(_)) => Err(OAuthError::invalid_request(
                "body.other_type",
                "The `Content-Type` must be application/x-www-form-urlencoded.",
            )),
        };
        Ok(Self { headers, query, params })
    }
}

/// A body, or whatever comes of reading it.
pub async fn in_time<T>(body: impl Future<Output = T>) -> Result<T, Elapsed> {
    tokio::time::timeout(BODY_TIME, body).await
}

/// `application/x-www-form-urlencoded`, in UTF-8 where it says so.
fn is_form(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = value.split(';').map(str::trim);
    let is_type = parts.next().is_some_and(|media| media.eq_ignore_ascii_case("application/x-www-form-urlencoded"));
    is_type && parts.all(|part| !part.to_ascii_lowercase().starts_with("charset=") || part.eq_ignore_ascii_case("charset=utf-8"))
}
