//! OAuth errors: one row for each code, with its wire name, its status and the specification that defines it.

use std::borrow::Cow;

use crate::model::scope::InvalidScope;

macro_rules! error_codes {
    ($($(#[$doc:meta])* $variant:ident = $wire:literal, $status:literal;)+) => {
        /// An error code. The status is that of direct answers; redirects carry none.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum ErrorCode { $($(#[$doc])* $variant),+ }

        impl ErrorCode {
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $wire),+ }
            }

            pub fn status(self) -> u16 {
                match self { $(Self::$variant => $status),+ }
            }
        }
    };
}

error_codes! {
    /// RFC 6749 §5.2
    InvalidRequest = "invalid_request", 400;
    /// RFC 6749 §5.2
    InvalidClient = "invalid_client", 401;
    /// RFC 6749 §5.2
    InvalidGrant = "invalid_grant", 400;
    /// RFC 6749 §5.2
    UnauthorizedClient = "unauthorized_client", 400;
    /// RFC 6749 §5.2
    UnsupportedGrantType = "unsupported_grant_type", 400;
    /// RFC 6749 §5.2
    InvalidScope = "invalid_scope", 400;
    /// RFC 6749 §4.1.2.1
    AccessDenied = "access_denied", 400;
    /// RFC 6749 §4.1.2.1
    UnsupportedResponseType = "unsupported_response_type", 400;
    /// RFC 6749 §4.1.2.1
    ServerError = "server_error", 500;
    /// RFC 6749 §4.1.2.1
    TemporarilyUnavailable = "temporarily_unavailable", 503;
    /// Too many failures from one address; spoken as `temporarily_unavailable`.
    TooManyFailures = "temporarily_unavailable", 429;
    /// RFC 8707 §2
    InvalidTarget = "invalid_target", 400;
    /// OIDC Core §3.1.2.6
    LoginRequired = "login_required", 400;
    /// OIDC Core §3.1.2.6
    ConsentRequired = "consent_required", 400;
    /// OIDC Core §3.1.2.6
    RequestNotSupported = "request_not_supported", 400;
    /// OIDC Core §3.1.2.6
    RequestUriNotSupported = "request_uri_not_supported", 400;
    /// OpenID Connect Core Error Code unmet_authentication_requirements
    UnmetAuthenticationRequirements = "unmet_authentication_requirements", 400;
    /// RFC 6750 §3.1
    InvalidToken = "invalid_token", 401;
    /// RFC 6750 §3.1
    InsufficientScope = "insufficient_scope", 403;
}

/// A refusal in OAuth's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuthError {
    pub code: ErrorCode,
    /// A sentence for the client's developer: printable ASCII without quotes or backslashes, and no secret.
    pub description: Cow<'static, str>,
    /// A stable tag for us (`pkce.verifier_mismatch`): in logs, metrics and tests, never in an answer.
    pub reason: &'static str,
}

impl OAuthError {
    pub fn new(code: ErrorCode, reason: &'static str, description: impl Into<Cow<'static, str>>) -> Self {
        Self { code, reason, description: description.into() }
    }

    pub fn invalid_request(reason: &'static str, description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::InvalidRequest, reason, description)
    }

    pub fn invalid_grant(reason: &'static str, description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::InvalidGrant, reason, description)
    }

    /// One sentence for whatever was wrong: which it was is for us, not for a guesser.
    pub fn invalid_client(reason: &'static str) -> Self {
        Self::new(ErrorCode::InvalidClient, reason, "The client is unknown or its authentication failed.")
    }

    pub fn invalid_scope(reason: &'static str, description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::InvalidScope, reason, description)
    }

    pub fn missing(parameter: &'static str) -> Self {
        Self::invalid_request("parameter.missing", format!("The parameter `{parameter}` is missing."))
    }
}

impl From<InvalidScope> for OAuthError {
    fn from(error: InvalidScope) -> Self {
        Self::invalid_scope("scope.malformed", format!("The `scope` {error}."))
    }
}
