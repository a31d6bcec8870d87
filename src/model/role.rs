//! Roles: named sets of permissions. Three are built in, and each user has one of them; further ones are made in an organization.

use time::OffsetDateTime;
use uuid::Uuid;

use super::{id::RoleId, names::wire_names, permission::Permission, scope::Scope, tenant::Tenant};

wire_names! {
    /// The built-in roles within an organization.
    BuiltInRole {
        Owner = "owner",
        Admin = "admin",
        Member = "member",
    }
}

impl BuiltInRole {
    /// An owner may do everything, an admin everything but change the organization itself, a member nothing but be asked who they are.
    pub fn permissions(self) -> Scope {
        let all = || Permission::ALL.iter().copied();
        match self {
            Self::Owner => Permission::set(Permission::ALL),
            Self::Admin => Permission::set(&all().filter(|own| *own != Permission::OrganizationsWrite).collect::<Vec<_>>()),
            Self::Member => Scope::default(),
        }
    }
}

impl BuiltInRole {
    /// The same in every organization, and before every role that is made: their identifiers begin with the time.
    pub fn id(self) -> RoleId {
        RoleId(Uuid::from_u128(self as u128 + 1))
    }

    pub fn of(id: RoleId) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.id() == id)
    }
}

/// A role that an organization made for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    pub id: RoleId,
    pub tenant: Tenant,
    /// Unique in the tenant, and none of the built-in names.
    pub name: String,
    pub permissions: Scope,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
}
