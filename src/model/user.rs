//! A person: names to sign in with, verified addresses, status, and the standard claims about them. OIDC Core §5.1.

use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::{id::UserId, names::wire_names, role::BuiltInRole, secret::Secret, tenant::Tenant};

#[derive(Debug, Clone)]
pub struct User {
    pub id: UserId,
    pub tenant: Tenant,
    /// As entered; compared by [`login_name`]. Unique in the tenant.
    pub username: Option<String>,
    /// As entered; compared by [`login_name`]. Unique in the tenant.
    pub email: String,
    pub is_email_verified: bool,
    /// Its rights, together with those of the roles assigned to it.
    pub role: BuiltInRole,
    /// Standard claims as OIDC names them, apart from `sub`, `email`, `email_verified`, `preferred_username`, `updated_at`.
    pub claims: Map<String, Value>,
    /// A PHC string (argon2id); none: cannot sign in with a password.
    pub password_hash: Option<Secret>,
    pub status: UserStatus,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
}

/// What signing in by password reads of a user. Little, so that a name that is known takes no longer than one that is not.
#[derive(Debug, Clone)]
pub struct Credentials {
    pub user: UserId,
    pub password_hash: Option<Secret>,
    pub status: UserStatus,
}

impl Credentials {
    pub fn is_active(&self) -> bool {
        self.status == UserStatus::Active
    }
}

impl User {
    pub fn is_active(&self) -> bool {
        self.status == UserStatus::Active
    }

    /// What to call them on a page.
    pub fn display_name(&self) -> &str {
        self.claims.get("name").and_then(Value::as_str).unwrap_or(&self.email)
    }
}

wire_names! {
    /// May this person sign in?
    UserStatus {
        Active = "active",
        Disabled = "disabled",
    }
}

/// The form in which user names and e-mail addresses are compared: without surrounding blanks, in lower case.
pub fn login_name(text: &str) -> String {
    text.trim().to_lowercase()
}
