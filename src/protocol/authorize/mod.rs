//! The authorization endpoint's rules, in the order in which a request meets them.

pub mod next_step;
pub mod response;
pub mod validate;

use crate::model::{names::ResponseMode, redirect_uri::VerifiedRedirect};

use super::error::OAuthError;

/// A refused authorization request. Only what carries a [`VerifiedRedirect`] can send the browser anywhere.
#[derive(Debug, Clone)]
pub enum AuthorizeRefusal {
    /// The client or its redirect URI is in doubt: our own page, never a redirect.
    TellUser(Doubt),
    TellClient(Box<ClientAnswer>),
}

/// An error answer to a client whose redirect URI was verified.
#[derive(Debug, Clone)]
pub struct ClientAnswer {
    pub redirect: VerifiedRedirect,
    pub mode: ResponseMode,
    pub state: Option<String>,
    pub error: OAuthError,
}

/// What is in doubt about a request that cannot be answered to its client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    ClientMissing,
    ClientUnknown,
    RedirectMissing,
    RedirectMismatch,
    Malformed,
}

impl Doubt {
    pub fn reason(self) -> &'static str {
        match self {
            Self::ClientMissing => "client_id.missing",
            Self::ClientUnknown => "client_id.unknown",
            Self::RedirectMissing => "redirect_uri.missing",
            Self::RedirectMismatch => "redirect_uri.mismatch",
            Self::Malformed => "parameters.malformed",
        }
    }
}
