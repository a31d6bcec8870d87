//! Data keys, sealed by the master key.

use entity::data_keys::{ActiveModel, Column, Entity};
use sea_orm::{ActiveValue::Set, EntityTrait, QueryOrder};
use time::OffsetDateTime;

use crate::model::fault::Fault;

use super::{Db, Inserted, Tx, columns, fault};

#[derive(Debug)]
pub struct DataKey {
    pub version: i32,
    pub sealed: Vec<u8>,
    pub created_at: OffsetDateTime,
}

pub async fn list(db: &Db) -> Result<Vec<DataKey>, Fault> {
    let rows = Entity::find().order_by_asc(Column::Version).all(db).await.map_err(fault("list data keys"))?;
    rows.into_iter()
        .map(|row| Ok(DataKey { version: row.version, sealed: row.sealed, created_at: columns::instant(row.created_at)? }))
        .collect()
}

pub async fn insert(tx: &Tx, key: &DataKey) -> Result<Inserted, Fault> {
    let row = ActiveModel {
        version: Set(key.version),
        sealed: Set(key.sealed.clone()),
        created_at: Set(columns::seconds(key.created_at)),
    };
    let inserted = Entity::insert(row).on_conflict_do_nothing().exec_without_returning(&**tx).await;
    super::inserted(inserted, "insert a data key")
}
