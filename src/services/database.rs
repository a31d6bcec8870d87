//! The database as an operator meets it: its schema.

use crate::{
    app::assemble::make_data_dir,
    config::Config,
    model::fault::Fault,
    storage::{Store, schema::Schema},
};

async fn open(config: &Config) -> Result<Store, Fault> {
    make_data_dir(config)?;
    Store::open(&config.database).await
}

pub async fn status(config: &Config) -> Result<Schema, Fault> {
    open(config).await?.schema().await
}

/// Brings the schema up to this version's; a newer one is not touched.
pub async fn up(config: &Config) -> Result<Schema, Fault> {
    let store = open(config).await?;
    if store.schema().await? == Schema::Newer {
        return Err(Fault::new("the database was made by a newer version of Keyward; this one will not touch it"));
    }
    store.migrate().await?;
    store.schema().await
}

pub async fn down(config: &Config, steps: u32) -> Result<Schema, Fault> {
    let store = open(config).await?;
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
