//! Data keys: random keys under which values are sealed, themselves sealed under the master key.

use std::sync::LazyLock;

use entity::data_keys::{Column, Entity, Model};
use sea_orm::{EntityTrait, QueryOrder};
use time::OffsetDateTime;

use super::{Db, Inserted, Tx, columns::*, sql};
use crate::model::fault::Fault;

static INSERT: LazyLock<String> = LazyLock::new(sql::insert_if_absent::<Entity>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataKey {
    pub version: i32,
    pub sealed: Vec<u8>,
    pub created_at: OffsetDateTime,
}

/// All of them, the oldest first.
pub async fn list(db: &Db) -> Result<Vec<DataKey>, Fault> {
    let rows = Entity::find().order_by_asc(Column::Version).all(db).await?;
    let key = |row: Model| Ok(DataKey { version: row.version, sealed: row.sealed, created_at: instant(row.created_at)? });
    rows.into_iter().map(key).collect()
}

/// `Exists`: another node has made this version.
pub async fn insert(tx: &Tx, key: &DataKey) -> Result<Inserted, Fault> {
    let row = Model { version: key.version, sealed: key.sealed.clone(), created_at: seconds(key.created_at) };
    tx.insert(&INSERT, sql::values(&row)).await
}
