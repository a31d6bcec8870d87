//! The ID token. OIDC Core §2, §3.1.3.6.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::model::id::{ClientId, SessionId};

#[derive(Debug, Clone, Serialize)]
pub struct IdTokenClaims {
    pub iss: String,
    pub sub: String,
    pub aud: ClientId,
    pub exp: i64,
    pub iat: i64,
    pub auth_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    pub acr: String,
    pub amr: Vec<String>,
    /// Left half of the access token's hash. OIDC Core §3.1.3.6.
    pub at_hash: String,
    /// OIDC Front-Channel and Back-Channel Logout: the session it belongs to.
    pub sid: SessionId,
    /// Claims asked for one by one. OIDC Core §5.5.
    #[serde(flatten)]
    pub requested: Map<String, Value>,
}
