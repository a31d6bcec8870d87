//! Everything worth telling an operator: one list for logs and metrics.

use super::{
    id::{ClientId, GrantId, UserId},
    names::Algorithm,
};

/// Something that happened. Holds ids, never credentials.
#[derive(Debug, Clone)]
pub enum Event {
    SignedIn {
        user: UserId,
    },
    SignInRefused,
    SignInThrottled,
    SignedOut {
        user: UserId,
    },
    ConsentGiven {
        user: UserId,
        client: ClientId,
    },
    ConsentDenied {
        user: UserId,
        client: ClientId,
    },
    /// A code was presented a second time; its grant was revoked.
    CodeReplayed {
        grant: GrantId,
        client: ClientId,
    },
    /// A code was presented by a client that it was not issued to; it was left untouched.
    CodeShownByOtherClient {
        client: ClientId,
    },
    RefreshTokenReplayed {
        grant: GrantId,
        client: ClientId,
    },
    RefreshTokenShownByOtherClient {
        client: ClientId,
    },
    ClientAuthenticationFailed {
        client: ClientId,
    },
    TokenRevoked {
        client: ClientId,
    },
    /// A client used one challenge for two authorizations; it was served.
    CodeChallengeReused {
        client: ClientId,
    },
    /// The same with a nonce.
    NonceReused {
        client: ClientId,
    },
    SigningKeyMade {
        kid: String,
        algorithm: Algorithm,
    },
    SigningKeyRevoked {
        kid: String,
    },
}

impl Event {
    /// A stable name: `noun.verb`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::SignedIn { .. } => "session.started",
            Self::SignInRefused => "session.refused",
            Self::SignInThrottled => "session.throttled",
            Self::SignedOut { .. } => "session.ended",
            Self::ConsentGiven { .. } => "consent.given",
            Self::ConsentDenied { .. } => "consent.denied",
            Self::CodeReplayed { .. } => "code.replayed",
            Self::CodeShownByOtherClient { .. } => "code.shown_by_other_client",
            Self::RefreshTokenReplayed { .. } => "refresh_token.replayed",
            Self::RefreshTokenShownByOtherClient { .. } => "refresh_token.shown_by_other_client",
            Self::ClientAuthenticationFailed { .. } => "client.authentication_failed",
            Self::TokenRevoked { .. } => "token.revoked",
            Self::CodeChallengeReused { .. } => "code_challenge.reused",
            Self::NonceReused { .. } => "nonce.reused",
            Self::SigningKeyMade { .. } => "signing_key.made",
            Self::SigningKeyRevoked { .. } => "signing_key.revoked",
        }
    }
}
