//! Which database: a SQLite file in `data_dir`, or PostgreSQL.

use std::path::{Path, PathBuf};

use crate::model::secret::Secret;

use super::layers::Layers;

#[derive(Debug, Clone)]
pub enum Database {
    Sqlite { path: PathBuf, durability: Durability },
    Postgres { url: Secret, connections: u32 },
}

/// SQLite's `synchronous`. Only tests turn it off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    Full,
    Off,
}

/// What may stand behind the question mark. Others would be passed over with a warning that shows the whole URL.
const PARAMETERS: &[&str] = &[
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "user",
];

pub(super) fn read(layers: &mut Layers, data_dir: &Path) -> Option<Database> {
    let connections = layers.number("database_connections", 2, 1000)?;
    if !layers.is_set("database_url") {
        return Some(Database::Sqlite { path: data_dir.join("keyward.db"), durability: Durability::Full });
    }
    layers.parsed("database_url", |url| match url.split_once("://") {
        Some(("sqlite", path)) if path.contains([':', '?']) => Err("must be sqlite:// and the path of a file".to_owned()),
        Some(("sqlite", path)) if !path.is_empty() => Ok(Database::Sqlite { path: path.into(), durability: Durability::Full }),
        Some(("postgres" | "postgresql", _)) => {
            let parsed = url::Url::parse(url).map_err(|_| "is not a URL".to_owned())?;
            match parsed.query_pairs().find(|(name, _)| !PARAMETERS.contains(&name.as_ref())) {
                Some((name, _)) => Err(format!("has the unknown parameter `{name}`")),
                None => Ok(Database::Postgres { url: Secret::new(url), connections }),
            }
        }
        _ => Err("must begin with sqlite:// or postgres://".to_owned()),
    })
}
