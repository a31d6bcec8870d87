//! A grant: one authorization that a user gave a client. The root that codes and tokens hang from; revoking it ends them all.

use time::OffsetDateTime;

use super::{
    claims_request::ClaimsRequest,
    id::{ClientId, GrantId, SessionId, UserId},
    names::wire_names,
    scope::Scope,
    session::Authentication,
    tenant::Tenant,
};

#[derive(Debug, Clone)]
pub struct Grant {
    pub id: GrantId,
    pub tenant: Tenant,
    pub client_id: ClientId,
    pub user_id: UserId,
    pub session_id: SessionId,
    pub scope: Scope,
    /// The resource server that its tokens are for besides the issuer. RFC 8707.
    pub resource: Option<String>,
    pub claims: ClaimsRequest,
    pub authentication: Authentication,
    pub created_at: OffsetDateTime,
    /// When nothing that hangs from it can be alive any more.
    pub expires_at: OffsetDateTime,
    pub revoked: Option<Revoked>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revoked {
    pub at: OffsetDateTime,
    pub reason: RevocationReason,
}

wire_names! {
    /// Why a grant ended before its time.
    RevocationReason {
        CodeReplayed = "code_replayed",
        RefreshTokenReplayed = "refresh_token_replayed",
        RevokedByClient = "revoked_by_client",
        Logout = "logout",
        PasswordChanged = "password_changed",
        UserDisabled = "user_disabled",
    }
}
