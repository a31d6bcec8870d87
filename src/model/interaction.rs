//! An authorization under way: the validated request and the steps already done. Kept on the server, bound to one browser.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{
    authorization_request::AuthorizationRequest,
    id::{InteractionId, SessionId},
    secret::Digest,
    tenant::Tenant,
};

#[derive(Debug, Clone)]
pub struct Interaction {
    pub id: InteractionId,
    pub tenant: Tenant,
    /// Of the secret in the cookie of the browser that began it.
    pub browser: Digest,
    pub request: AuthorizationRequest,
    pub progress: Progress,
    pub created_at: OffsetDateTime,
    pub expires_at: OffsetDateTime,
    /// When its answer was given; it gives only one.
    pub finished_at: Option<OffsetDateTime>,
}

impl Interaction {
    pub fn is_live(&self, now: OffsetDateTime) -> bool {
        self.finished_at.is_none() && now < self.expires_at
    }
}

/// What has been done since the interaction began.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The session that was started or proven afresh here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_in: Option<SessionId>,
    /// The session whose account was chosen here, for `prompt=select_account`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen: Option<SessionId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The request was agreed to as it stands, by the user of this session.
    Allowed { session: SessionId },
    /// The user declined, at whichever page.
    Denied,
}
