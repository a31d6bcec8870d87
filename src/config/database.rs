//! Which database.

use std::path::PathBuf;

use crate::model::secret::Secret;

#[derive(Debug, Clone)]
pub enum Database {
    Sqlite { path: PathBuf, durability: Durability },
    Postgres { url: Secret, connections: u32 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    Full,
    Off,
}
