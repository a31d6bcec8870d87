//! The authorization request once it has been validated: nothing in it needs checking again. OIDC Core §3.1.2.1.

use serde::{Deserialize, Serialize};

use super::{
    claims_request::ClaimsRequest,
    id::{ClientId, UserId},
    names::{Prompt, ResponseMode},
    redirect_uri::VerifiedRedirect,
    scope::Scope,
    tenant::Tenant,
};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    pub client_id: ClientId,
    pub tenant: Tenant,
    pub redirect: VerifiedRedirect,
    pub redirect_uri_was_sent: bool,
    pub response_mode: ResponseMode,
    /// What was asked for and the client may have.
    pub scope: Scope,
    /// A registered resource server of the tenant. RFC 8707.
    pub resource: Option<String>,
    /// Echoed byte for byte.
    pub state: Option<String>,
    pub nonce: Option<String>,
    /// S256. RFC 7636.
    pub code_challenge: Option<String>,
    pub prompt: Vec<Prompt>,
    /// Seconds.
    pub max_age: Option<u64>,
    pub login_hint: Option<String>,
    /// From `id_token_hint` or the `sub` of the `claims` parameter: only this user will do.
    pub expected_user: Option<UserId>,
    pub ui_locales: Option<String>,
    /// An essential `acr` of the `claims` parameter: one of these must be reached. Empty: none is essential.
    #[serde(default)]
    pub essential_acr: Vec<String>,
    pub claims: ClaimsRequest,
}

impl AuthorizationRequest {
    pub fn asks(&self, prompt: Prompt) -> bool {
        self.prompt.contains(&prompt)
    }
}
