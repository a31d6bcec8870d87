//! Who acts, and what they may do at this moment. Every managing operation asks first, whatever edge it was called from.

use super::{
    id::{ApiKeyId, ClientId, OrganizationId, UserId},
    permission::Permission,
    scope::Scope,
    tenant::{Environment, Tenant},
};

#[derive(Debug, Clone)]
pub enum Actor {
    /// Whoever may run commands beside the database. Nothing can be kept from them.
    Operator,
    /// Whoever was proven by a credential.
    Holder(Holder),
}

#[derive(Debug, Clone)]
pub struct Holder {
    pub who: Who,
    pub tenant: Tenant,
    /// Of the credential and of its owner at this moment.
    pub permissions: Scope,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// A user, through a client that holds an access token of theirs.
    User {
        id: UserId,
        client_id: ClientId,
    },
    Key {
        id: ApiKeyId,
        owner: Option<UserId>,
    },
}

/// Why something may not be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denied {
    /// It belongs to somebody else, who is not there for this actor.
    OtherTenant,
    Missing(Permission),
    /// What is to be granted, or belongs to whoever is to be changed, and the actor does not have.
    Beyond(Scope),
    /// Both environments share it, so that only a credential of the live one changes it.
    LiveOnly,
}

impl Actor {
    pub fn holder(&self) -> Option<&Holder> {
        match self {
            Self::Operator => None,
            Self::Holder(holder) => Some(holder),
        }
    }

    pub fn require(&self, permission: Permission, tenant: &Tenant) -> Result<(), Denied> {
        match self.holder() {
            Some(holder) if holder.tenant != *tenant => Err(Denied::OtherTenant),
            Some(holder) if !holder.permissions.contains(permission.as_str()) => Err(Denied::Missing(permission)),
            Some(_) | None => Ok(()),
        }
    }

    /// For the organization itself, which its live and its test data share.
    pub fn require_in(&self, permission: Permission, organization: OrganizationId) -> Result<(), Denied> {
        match self.holder() {
            Some(holder) => self.require(permission, &Tenant { organization, ..holder.tenant }),
            None => Ok(()),
        }
    }

    pub fn require_live(&self) -> Result<(), Denied> {
        match self.holder() {
            Some(holder) if holder.tenant.environment == Environment::Test => Err(Denied::LiveOnly),
            Some(_) | None => Ok(()),
        }
    }

    /// Nobody gives what they do not have, nor changes whoever has more.
    pub fn require_all(&self, permissions: &Scope) -> Result<(), Denied> {
        let Some(holder) = self.holder() else { return Ok(()) };
        let beyond = permissions.without(&holder.permissions);
        if beyond.is_empty() { Ok(()) } else { Err(Denied::Beyond(beyond)) }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn tenant(organization: u128, environment: Environment) -> Tenant {
        Tenant { organization: OrganizationId(Uuid::from_u128(organization)), environment }
    }

    fn user(environment: Environment, permissions: &[Permission]) -> Actor {
        let who = Who::User { id: UserId(Uuid::nil()), client_id: ClientId("app".to_owned()) };
        Actor::Holder(Holder { who, tenant: tenant(1, environment), permissions: Permission::set(permissions) })
    }

    #[test]
    fn a_permission_counts_in_its_own_tenant() {
        let live = tenant(1, Environment::Live);
        let reader = user(Environment::Live, &[Permission::UsersRead]);
        assert_eq!(reader.require(Permission::UsersRead, &live), Ok(()));
        assert_eq!(reader.require(Permission::UsersWrite, &live), Err(Denied::Missing(Permission::UsersWrite)));
        // Which permission is missing is not told about somebody else's.
        for other in [tenant(1, Environment::Test), tenant(2, Environment::Live)] {
            assert_eq!(reader.require(Permission::UsersWrite, &other), Err(Denied::OtherTenant));
        }
        assert_eq!(Actor::Operator.require(Permission::UsersDelete, &tenant(2, Environment::Test)), Ok(()));
    }

    #[test]
    fn the_organization_is_changed_from_the_live_side() {
        let everything = |environment| user(environment, Permission::ALL);
        assert_eq!(everything(Environment::Live).require_live(), Ok(()));
        assert_eq!(everything(Environment::Test).require_live(), Err(Denied::LiveOnly));
        let own = tenant(1, Environment::Live).organization;
        assert_eq!(everything(Environment::Test).require_in(Permission::OrganizationsRead, own), Ok(()));
        let other = tenant(2, Environment::Live).organization;
        assert_eq!(everything(Environment::Live).require_in(Permission::OrganizationsRead, other), Err(Denied::OtherTenant));
    }

    #[test]
    fn nobody_gives_what_they_do_not_have() {
        let some = user(Environment::Live, &[Permission::UsersRead, Permission::RolesWrite]);
        assert_eq!(some.require_all(&Permission::set(&[Permission::UsersRead])), Ok(()));
        assert_eq!(
            some.require_all(&Scope::of(&["users:read", "reports:run"])),
            Err(Denied::Beyond(Scope::of(&["reports:run"])))
        );
        assert_eq!(Actor::Operator.require_all(&Permission::set(Permission::ALL)), Ok(()));
    }
}
