//! The token endpoint's answer. RFC 6749 §5.1, OIDC Core §3.1.3.3.

use serde::Serialize;

use crate::model::scope::Scope;

#[derive(Debug, Serialize)]
pub struct TokenResponse {
    pub access_token: String,
    pub token_type: &'static str,
    /// Seconds.
    pub expires_in: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
    /// So that nobody has to guess what was granted. A scope has one token at least (RFC 6749 §3.3); where none was granted there is none.
    #[serde(skip_serializing_if = "Scope::is_empty")]
    pub scope: Scope,
}
