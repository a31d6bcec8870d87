//! Consent: what a user was shown and agreed to, remembered apart from any grant.

use time::OffsetDateTime;

use super::{
    claims_request::ClaimsRequest,
    id::{ClientId, UserId},
    scope::Scope,
    tenant::Tenant,
};

/// For one client at one API, or at none: what is allowed at one says nothing about another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    pub tenant: Tenant,
    pub user_id: UserId,
    pub client_id: ClientId,
    pub resource: Option<String>,
    pub scope: Scope,
    /// Names of single claims that were agreed to.
    pub claims: Vec<String>,
    pub given_at: OffsetDateTime,
}

impl Consent {
    /// Was all of this agreed to already?
    pub fn covers(&self, scope: &Scope, claims: &ClaimsRequest, resource: Option<&str>) -> bool {
        scope.is_subset_of(&self.scope)
            && claims.userinfo.keys().chain(claims.id_token.keys()).all(|name| self.claims.contains(name))
            && resource == self.resource.as_deref()
    }
}
