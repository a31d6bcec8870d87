//! What the management API lets its callers do. Each permission is also a scope of the resource server that this API is.

use super::{names::wire_names, scope::Scope};

wire_names! {
    /// `resource:action`. Registered resource servers have further ones of their own, in the same form.
    Permission {
        UsersRead = "users:read",
        UsersWrite = "users:write",
        UsersDelete = "users:delete",
        OrganizationsRead = "organizations:read",
        OrganizationsWrite = "organizations:write",
        RolesRead = "roles:read",
        RolesWrite = "roles:write",
        IdpRead = "idp:read",
        IdpWrite = "idp:write",
        AuditRead = "audit:read",
        WebhooksRead = "webhooks:read",
        WebhooksWrite = "webhooks:write",
        ApiKeysRead = "api-keys:read",
        ApiKeysWrite = "api-keys:write",
        ClientsRead = "clients:read",
        ClientsWrite = "clients:write",
    }
}

impl Permission {
    /// The permissions of the product among these scope tokens.
    pub fn among(scope: &Scope) -> Scope {
        scope.within(&Self::set(Self::ALL))
    }

    /// Each once; or which of the names is no permission.
    pub fn parse_all(names: &[String]) -> Result<Scope, usize> {
        let known = names.iter().enumerate().map(|(at, name)| name.parse::<Self>().map_err(|_| at));
        Ok(Scope::default().union(&Self::set(&known.collect::<Result<Vec<_>, _>>()?)))
    }

    pub fn set(permissions: &[Self]) -> Scope {
        Scope::of(&permissions.iter().map(|permission| permission.as_str()).collect::<Vec<_>>())
    }
}
