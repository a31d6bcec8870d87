//! A browser's sign-in: who, when, how.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{
    id::{SessionId, UserId},
    names::wire_names,
    secret::Digest,
    tenant::Tenant,
};

#[derive(Debug, Clone)]
pub struct Session {
    /// The row key; printed, the `sid` claim.
    pub id: SessionId,
    /// Of the whole cookie value.
    pub digest: Digest,
    pub tenant: Tenant,
    pub user_id: UserId,
    pub authentication: Authentication,
    pub expires_at: OffsetDateTime,
    pub ended_at: Option<OffsetDateTime>,
}

impl Session {
    pub fn is_live(&self, now: OffsetDateTime) -> bool {
        self.ended_at.is_none() && now < self.expires_at
    }
}

/// How and when the user was proven to be there. OIDC Core §2: `auth_time`, `acr`, `amr`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authentication {
    #[serde(with = "time::serde::timestamp")]
    pub at: OffsetDateTime,
    pub acr: Acr,
    /// RFC 8176.
    pub amr: Vec<String>,
}

wire_names! {
    /// Authentication context classes that can be reached.
    Acr {
        OneFactor = "urn:keyward:acr:1",
    }
}
