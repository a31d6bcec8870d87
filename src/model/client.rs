//! The registered client and its secrets. RFC 7591 §2, OIDC Registration §2.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{
    id::{ClientId, ClientSecretId},
    jwk::JwkSet,
    names::{Algorithm, ApplicationType, AuthMethod, GrantType, ResponseType},
    scope::Scope,
    secret::Digest,
    tenant::Tenant,
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    pub id: ClientId,
    pub tenant: Tenant,
    pub metadata: ClientMetadata,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
}

/// What was registered about a client: checked, with defaults filled in. Stored as one document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientMetadata {
    pub client_name: String,
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    #[serde(default)]
    pub post_logout_redirect_uris: Vec<String>,
    pub grant_types: Vec<GrantType>,
    pub response_types: Vec<ResponseType>,
    /// None: a secret by basic or post, as the client likes.
    pub token_endpoint_auth_method: Option<AuthMethod>,
    /// None: any that fits the method.
    pub token_endpoint_auth_signing_alg: Option<Algorithm>,
    pub application_type: ApplicationType,
    /// What the client may ask for; none: all that this server knows.
    pub scope: Option<Scope>,
    pub jwks: Option<JwkSet>,
    pub id_token_signed_response_alg: Algorithm,
    pub access_token_format: AccessTokenFormat,
    pub access_token_signed_response_alg: Algorithm,
    /// Seconds; used when the request has no `max_age`. OIDC Registration §2.
    pub default_max_age: Option<u32>,
    #[serde(default)]
    pub default_acr_values: Vec<String>,
    pub require_auth_time: bool,
    /// PKCE is obligatory; always for public clients.
    pub require_pkce: bool,
    pub rotate_refresh_tokens: bool,
    /// Belongs to the organization itself: its users are not asked for consent.
    pub first_party: bool,
    /// The identifier of the API that this client is: it may introspect tokens for that audience.
    pub resource_server: Option<String>,
    pub client_uri: Option<String>,
    pub logo_uri: Option<String>,
    pub policy_uri: Option<String>,
    pub tos_uri: Option<String>,
    #[serde(default)]
    pub contacts: Vec<String>,
}

impl ClientMetadata {
    pub fn is_public(&self) -> bool {
        self.token_endpoint_auth_method == Some(AuthMethod::None)
    }

    pub fn may_use(&self, grant_type: GrantType) -> bool {
        self.grant_types.contains(&grant_type)
    }

    /// The scopes this client may be given.
    pub fn allowed_scope(&self) -> Scope {
        self.scope.clone().unwrap_or_else(|| Scope::of(Scope::STANDARD))
    }

    /// May consent be remembered? Not for public clients that anyone on the machine can pose as. RFC 8252 §8.6.
    pub fn consent_can_be_remembered(&self, redirect_uri: &str) -> bool {
        !self.is_public() || redirect_uri.starts_with("https://")
    }
}

/// What an access token is to its holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessTokenFormat {
    /// RFC 9068.
    Jwt,
    Opaque,
}

/// One of a client's secrets. Two can live at once while a rotation overlaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientSecret {
    pub id: ClientSecretId,
    pub client_id: ClientId,
    pub kept: KeptSecret,
    pub created_at: OffsetDateTime,
    /// None: never.
    pub expires_at: Option<OffsetDateTime>,
}

impl ClientSecret {
    pub fn is_live(&self, now: OffsetDateTime) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}

/// In which form a client's secret is at rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeptSecret {
    /// Enough to recognise it.
    Digest(Digest),
    /// Sealed under the master key: `client_secret_jwt` needs the secret itself.
    Sealed(Vec<u8>),
}

/// A client with everything that its authentication needs; what caches hold.
#[derive(Debug, Clone)]
pub struct RegisteredClient {
    pub client: Client,
    pub secrets: Vec<ClientSecret>,
}
