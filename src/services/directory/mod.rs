//! Organizations, the people in them, and their roles.

use serde::{Deserialize, Deserializer};

pub mod organizations;
pub mod roles;
pub mod users;

/// A member that is there, whatever its value; with `default`, one that is not there is none.
pub(super) fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
