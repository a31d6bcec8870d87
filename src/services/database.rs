//! The database as an operator meets it: its schema.

use crate::{
    config::database::Database,
    model::fault::Fault,
    storage::{Store, schema::Schema},
};

pub async fn status(database: &Database) -> Result<Schema, Fault> {
    Store::open(database).await?.schema().await
}

/// Brings the schema up to this version's; a newer one is not touched.
pub async fn up(database: &Database) -> Result<Schema, Fault> {
    let store = Store::open(database).await?;
    if store.schema().await? == Schema::Newer {
        return Err(Fault::new("the database was made by a newer version of Keyward; this one will not touch it"));
    }
    store.migrate().await?;
    store.schema().await
}

pub async fn down(database: &Database, steps: u32) -> Result<Schema, Fault> {
    let store = Store::open(database).await?;
    store.migrate_down(steps).await?;
    store.schema().await
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
