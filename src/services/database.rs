//! The database as an operator meets it: its schema.

use crate::{
    app::assemble,
    config::{Config, database::Database},
    model::fault::Fault,
    storage::{Store, schema::Schema},
};

/// Looks, and makes nothing: a SQLite file that is not there is an empty database.
pub async fn status(config: &Config) -> Result<Schema, Fault> {
    if !is_there(config) {
        return Ok(Schema::Empty);
    }
    let store = Store::open(&config.database).await?;
    let schema = store.schema().await?;
    store.close().await?;
    Ok(schema)
}

/// Brings the schema up to this version's; a newer one is not touched.
pub async fn up(config: &Config) -> Result<Schema, Fault> {
    assemble::make_data_dir(config)?;
    let store = Store::open(&config.database).await?;
    if store.schema().await? == Schema::Newer {
        return Err(Fault::new("the database was made by a newer version of Keyward; this one will not touch it"));
    }
    store.migrate().await?;
    let schema = store.schema().await?;
    store.close().await?;
    Ok(schema)
}

pub async fn down(config: &Config, steps: u32) -> Result<Schema, Fault> {
    if !is_there(config) {
        return Ok(Schema::Empty);
    }
    let store = Store::open(&config.database).await?;
    store.migrate_down(steps).await?;
    let schema = store.schema().await?;
    store.close().await?;
    Ok(schema)
}

/// PostgreSQL is taken to be there; whether it answers shows when it is asked.
pub fn is_there(config: &Config) -> bool {
    match &config.database {
        Database::Sqlite { path, .. } => path.exists(),
        Database::Postgres { .. } => true,
    }
}

/// In words, for an operator.
pub fn describe(schema: &Schema) -> String {
    match schema {
        Schema::Empty => "empty: no step has been taken".to_owned(),
        Schema::Current => "current".to_owned(),
        Schema::Older(pending) => format!("older: to be taken are {}", pending.join(", ")),
        Schema::Newer => "newer than this version knows".to_owned(),
    }
}
