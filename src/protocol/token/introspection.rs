//! What a token means to whom. RFC 7662 §2.2.

use serde::Serialize;

use crate::model::{
    client::Client,
    id::{ClientId, OrganizationId},
    scope::Scope,
    tenant::{Environment, Tenant},
};

use super::access_token::Audience;

/// The answer about a token; an inactive one has no other member.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Introspection {
    Active(Box<ActiveToken>),
    Inactive { active: bool },
}

impl Introspection {
    pub const INACTIVE: Self = Self::Inactive { active: false };
}

#[derive(Debug, Clone, Serialize)]
pub struct ActiveToken {
    pub active: bool,
    #[serde(skip_serializing_if = "Scope::is_empty")]
    pub scope: Scope,
    pub client_id: ClientId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_type: Option<&'static str>,
    pub exp: i64,
    pub iat: i64,
    pub sub: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aud: Option<Audience>,
    pub iss: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    pub org_id: OrganizationId,
    pub env: Environment,
}

/// May this client see this token? A resource server sees those for its audience in its tenant, any other client its own.
pub fn may_see(caller: &Client, token_client: &ClientId, tenant: Tenant, audience: Option<&Audience>) -> bool {
    let is_own = caller.id == *token_client;
    let is_for_it = caller.metadata.resource_server.as_deref().zip(audience).is_some_and(|(own, aud)| aud.contains(own));
    caller.tenant == tenant && (is_own || is_for_it)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::authorize::validate::tests::client;

    #[test]
    fn a_token_is_seen_by_its_client_and_by_the_api_that_it_is_for() {
        let (mut caller, own, other) = (client(), client().id, ClientId("other".to_owned()));
        let tenant = caller.tenant;
        let elsewhere = Tenant { environment: Environment::Test, ..tenant };
        assert_ne!(tenant, elsewhere);
        let (for_us, for_api) = (Audience::One("https://id.example".to_owned()), Audience::One("https://api.example".to_owned()));
        for (resource_server, sees) in [(None, false), (Some("https://api.example"), true)] {
            caller.metadata.resource_server = resource_server.map(str::to_owned);
            assert!(may_see(&caller, &own, tenant, Some(&for_us)) && may_see(&caller, &own, tenant, None));
            assert!(!may_see(&caller, &other, tenant, Some(&for_us)) && !may_see(&caller, &other, tenant, None));
            assert_eq!(may_see(&caller, &other, tenant, Some(&for_api)), sees);
            assert!(!may_see(&caller, &own, elsewhere, Some(&for_api)) && !may_see(&caller, &other, elsewhere, Some(&for_api)));
        }
    }
}
