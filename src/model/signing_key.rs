//! Signing keys of tokens: their record, and their state computed from its instants.

use time::OffsetDateTime;

use super::{jwk::Jwk, names::Algorithm};

#[derive(Debug, Clone)]
pub struct SigningKey {
    pub kid: String,
    pub algorithm: Algorithm,
    /// Counts the keys of one algorithm; (algorithm, generation) is unique, so that two nodes cannot both make the next.
    pub generation: i32,
    pub public: Jwk,
    /// PKCS #8, sealed under the master key.
    pub sealed_private: Vec<u8>,
    pub published_at: OffsetDateTime,
    /// From then on new tokens are signed with it.
    pub active_from: OffsetDateTime,
    /// The successor's `active_from`, once there is one.
    pub retiring_from: Option<OffsetDateTime>,
    /// When the last token signed with it has expired: it leaves the key set.
    pub retired_from: Option<OffsetDateTime>,
    pub revoked_at: Option<OffsetDateTime>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// In the key set, so that verifiers learn it; not used yet.
    Published,
    Active,
    /// Signs nothing any more; still in the key set.
    Retiring,
    Retired,
    Revoked,
}

impl SigningKey {
    pub fn state(&self, now: OffsetDateTime) -> KeyState {
        if self.revoked_at.is_some() {
            KeyState::Revoked
        } else if self.retired_from.is_some_and(|at| at <= now) {
            KeyState::Retired
        } else if self.retiring_from.is_some_and(|at| at <= now) {
            KeyState::Retiring
        } else if self.active_from <= now {
            KeyState::Active
        } else {
            KeyState::Published
        }
    }

    /// Is it in the published key set?
    pub fn is_published(&self, now: OffsetDateTime) -> bool {
        matches!(self.state(now), KeyState::Published | KeyState::Active | KeyState::Retiring)
    }
}
