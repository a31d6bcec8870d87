//! Which API a token is for: by the parameter `resource` (RFC 8707), or by the scopes that are the management API's permissions.

use crate::{
    model::{permission::Permission, scope::Scope},
    protocol::{
        error::{ErrorCode, OAuthError},
        params::Params,
    },
};

/// The resource that a request names: one at most.
pub fn named(params: &Params) -> Result<Option<&str>, OAuthError> {
    let mut named = params.all("resource");
    match (named.next(), named.next()) {
        (resource, None) => Ok(resource),
        (_, Some(_)) => Err(refuse("resource.several", "A token can be for one `resource` only.")),
    }
}

/// The API that these scopes are for. A token is for one: permissions of the management API do not stand beside another resource.
pub fn of(scope: &Scope, named: Option<String>, management_api: &str) -> Result<Option<String>, OAuthError> {
    if Permission::among(scope).is_empty() {
        return Ok(named);
    }
    match named {
        Some(other) if other != management_api => {
            Err(OAuthError::invalid_scope("scope.several_resources", "The `scope` belongs to two resource servers."))
        }
        _ => Ok(Some(management_api.to_owned())),
    }
}

/// RFC 8707 §2: what was named is no resource server of the client's tenant.
pub fn unknown() -> OAuthError {
    refuse("resource.unknown", "The `resource` is not registered as a resource server.")
}

/// RFC 8707 §2.2: a token request may repeat the granted resource, not name another.
pub fn fits(params: &Params, granted: Option<&str>) -> Result<(), OAuthError> {
    if params.all("resource").all(|asked| Some(asked) == granted) {
        Ok(())
    } else {
        Err(refuse("resource.not_granted", "The `resource` was not granted."))
    }
}

fn refuse(reason: &'static str, description: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidTarget, reason, description)
}
