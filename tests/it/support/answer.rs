//! An answer as a case looks at it.

use axum::{
    body::to_bytes,
    http::{HeaderMap, Response, header},
};
use keyward::http::answer::Reason;
use serde_json::Value;
use url::Url;

#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
    /// The private reason of a refusal, which is in no answer on the wire.
    pub reason: Option<&'static str>,
}

impl Answer {
    pub async fn of(response: Response<axum::body::Body>) -> Self {
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Self {
            status: parts.status.as_u16(),
            reason: parts.extensions.get::<Reason>().map(|Reason(reason)| *reason),
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    pub fn header(&self, name: impl header::AsHeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// A member that must be there and be text.
    pub fn text(&self, member: &str) -> String {
        self.json()[member].as_str().unwrap_or_else(|| panic!("no `{member}`: {self:?}")).to_owned()
    }

    #[track_caller]
    pub fn assert_ok(self) -> Self {
        assert!(self.status < 400, "{self:?}");
        self
    }

    #[track_caller]
    pub fn assert_refused(&self, error: &str, reason: &str) {
        assert_eq!(self.json()["error"], error, "{self:?}");
        assert_eq!(self.reason, Some(reason), "{self:?}");
        assert!((400..500).contains(&self.status), "{self:?}");
        assert_eq!(self.header(header::CACHE_CONTROL), "no-store");
    }

    /// Where a redirect goes.
    #[track_caller]
    pub fn location(&self) -> Url {
        assert_eq!(self.status, 303, "{self:?}");
        Url::parse("https://id.example.test").unwrap().join(self.header(header::LOCATION)).unwrap()
    }

    /// One of our own error pages: no redirect, no cookie, nothing stored.
    #[track_caller]
    pub fn assert_error_page(&self, reason: &str) {
        assert!((400..500).contains(&self.status), "{self:?}");
        assert_eq!(self.reason, Some(reason), "{self:?}");
        assert_eq!(self.header(header::LOCATION), "");
        assert!(self.headers.get(header::SET_COOKIE).is_none());
        assert!(self.body.contains("id=\"error-title\""), "{}", self.body);
    }
}
