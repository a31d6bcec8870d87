//! Access and refresh tokens as stored. JWT access tokens have no row; a revoked one leaves a mark.

use time::OffsetDateTime;

use super::{
    id::{AccessTokenId, ClientId, GrantId, RefreshTokenId},
    scope::Scope,
    secret::Digest,
    tenant::Tenant,
};

#[derive(Debug, Clone)]
pub struct RefreshToken {
    pub id: RefreshTokenId,
    pub digest: Digest,
    pub tenant: Tenant,
    pub grant_id: GrantId,
    pub client_id: ClientId,
    pub issued_at: OffsetDateTime,
    /// Unused for that long, it ends.
    pub idle_expires_at: OffsetDateTime,
    /// Ends however much it is used; the same for all of a family.
    pub absolute_expires_at: OffsetDateTime,
    pub use_state: RefreshUse,
}

impl RefreshToken {
    pub fn has_expired(&self, now: OffsetDateTime) -> bool {
        self.idle_expires_at <= now || self.absolute_expires_at <= now
    }
}

/// What has become of a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshUse {
    /// Never presented, or not of the rotating kind.
    Unused,
    /// Exchanged for its successor.
    Rotated { at: OffsetDateTime, successor: RefreshTokenId },
    /// Ended without a successor: superseded because the answer that carried it was lost.
    Superseded { at: OffsetDateTime },
}

/// An opaque access token.
#[derive(Debug, Clone)]
pub struct AccessToken {
    pub id: AccessTokenId,
    pub digest: Digest,
    pub tenant: Tenant,
    /// None: a client's own token (`client_credentials`).
    pub grant_id: Option<GrantId>,
    pub client_id: ClientId,
    pub scope: Scope,
    pub audience: Vec<String>,
    pub issued_at: OffsetDateTime,
    pub expires_at: OffsetDateTime,
}
