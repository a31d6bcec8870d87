//! Access tokens as JWTs. RFC 9068.

use serde::{Deserialize, Serialize};

use crate::model::{
    id::{AccessTokenId, ClientId, GrantId, OrganizationId},
    issuer::Issuer,
    scope::Scope,
    session::Authentication,
    tenant::{Environment, Tenant},
};

/// The `typ` of its header. RFC 9068 §2.1.
pub const TYPE: &str = "at+jwt";

/// RFC 9068 §2.2, and `org_id`, `env`, `grant_id`, `client_id_issued_at` of our own.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AccessTokenClaims {
    pub iss: String,
    pub sub: String,
    pub aud: Audience,
    pub exp: i64,
    pub iat: i64,
    pub jti: AccessTokenId,
    pub client_id: ClientId,
    #[serde(default, skip_serializing_if = "Scope::is_empty")]
    pub scope: Scope,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amr: Option<Vec<String>>,
    pub org_id: OrganizationId,
    pub env: Environment,
    /// The grant that it hangs from; absent when the client acts for itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant_id: Option<GrantId>,
    /// In its place then: when the client was made (RFC 7591 §3.2.1), since another may have the same identifier later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id_issued_at: Option<i64>,
}

impl AccessTokenClaims {
    pub fn tenant(&self) -> Tenant {
        Tenant { organization: self.org_id, environment: self.env }
    }

    #[must_use]
    pub fn authenticated(mut self, authentication: &Authentication) -> Self {
        self.auth_time = Some(authentication.at.unix_timestamp());
        self.acr = Some(authentication.acr.to_string());
        self.amr = Some(authentication.amr.clone());
        self
    }
}

/// One audience is printed as text, several as an array. RFC 7519 §4.1.3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    /// The resource that was named, and the issuer when `openid` was granted or nothing was named.
    pub fn of(resource: Option<&str>, scope: &Scope, issuer: &Issuer) -> Self {
        match resource {
            None => Self::One(issuer.to_string()),
            Some(resource) if scope.contains(Scope::OPENID) => Self::Several(vec![resource.to_owned(), issuer.to_string()]),
            Some(resource) => Self::One(resource.to_owned()),
        }
    }

    pub fn contains(&self, audience: &str) -> bool {
        self.iter().any(|own| own == audience)
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Several(several) => several.as_slice(),
        }
        .iter()
        .map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_for_the_resource_and_for_us_where_openid_was_granted() {
        let issuer = Issuer::parse("https://id.example").unwrap();
        let of = |resource, scope: &str| Audience::of(resource, &Scope::of(&[scope]), &issuer);
        let (us, api) = ("https://id.example", "https://api.example");
        for (audience, expected) in [
            (of(None, "openid"), vec![us]),
            (of(None, "reports"), vec![us]),
            (of(Some(api), "reports"), vec![api]),
            (of(Some(api), "openid"), vec![api, us]),
        ] {
            assert_eq!(audience.iter().collect::<Vec<_>>(), expected);
            for other in [us, api, "https://other.example", ""] {
                assert_eq!(audience.contains(other), expected.contains(&other), "{other}");
            }
        }
    }
}
