//! Organizations, the people in them, and their roles.

use serde::{Deserialize, Deserializer};

use crate::{
    model::{permission::Permission, scope::Scope},
    services::refusal::Refusal,
};

pub mod organizations;
pub mod roles;
pub mod users;

/// A member that is there, whatever its value; with `default`, one that is not there is none.
pub(super) fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// What something is called, without surrounding blanks.
pub(super) fn name(text: &str, longest: usize) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > longest || text.chars().any(char::is_control) {
        let detail = format!("must be 1 to {longest} characters, none of them a control character");
        return Err(Refusal::field("name", &detail));
    }
    Ok(text.to_owned())
}

/// Permissions by their names, each once.
pub(super) fn permissions(names: &[String]) -> Result<Scope, Refusal> {
    Permission::parse_all(names).map_err(|at| Refusal::field(&format!("permissions[{at}]"), "is no permission that exists"))
}
