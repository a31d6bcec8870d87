//! The authorization code as stored. RFC 6749 §4.1.2.

use time::OffsetDateTime;

use super::{
    id::{ClientId, CodeId, GrantId},
    secret::Digest,
    tenant::Tenant,
};

#[derive(Debug, Clone)]
pub struct AuthorizationCode {
    pub id: CodeId,
    pub digest: Digest,
    pub tenant: Tenant,
    pub grant_id: GrantId,
    pub client_id: ClientId,
    /// The verified URI that the code was sent to.
    pub redirect_uri: String,
    /// Did the authorization request name it? Then the token request must too. RFC 6749 §4.1.3.
    pub redirect_uri_was_sent: bool,
    /// S256. RFC 7636.
    pub code_challenge: Option<String>,
    pub nonce: Option<String>,
    pub expires_at: OffsetDateTime,
    /// When it was exchanged or burned.
    pub consumed_at: Option<OffsetDateTime>,
}

impl AuthorizationCode {
    pub fn has_expired(&self, now: OffsetDateTime) -> bool {
        self.expires_at <= now
    }
}
