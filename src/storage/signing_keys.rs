//! Signing keys.

use entity::signing_keys::{ActiveModel, Column, Entity, Model};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use time::OffsetDateTime;

use crate::model::{fault::Fault, signing_key::SigningKey};

use super::{Db, Inserted, Tx, columns, fault};

pub async fn list(db: &Db) -> Result<Vec<SigningKey>, Fault> {
    let rows = Entity::find().order_by_asc(Column::Algorithm).order_by_asc(Column::Generation).all(db).await;
    rows.map_err(fault("list signing keys"))?.into_iter().map(read).collect()
}

/// Exists: another node made the key of this generation.
pub async fn insert(tx: &Tx, key: &SigningKey) -> Result<Inserted, Fault> {
    let row = ActiveModel {
        kid: Set(key.kid.clone()),
        algorithm: Set(key.algorithm.to_string()),
        generation: Set(key.generation),
        public: Set(columns::json(&key.public)?),
        sealed_private: Set(key.sealed_private.clone()),
        published_at: Set(columns::seconds(key.published_at)),
        active_from: Set(columns::seconds(key.active_from)),
        retiring_from: Set(key.retiring_from.map(columns::seconds)),
        retired_from: Set(key.retired_from.map(columns::seconds)),
        revoked_at: Set(key.revoked_at.map(columns::seconds)),
    };
    let inserted = Entity::insert(row).on_conflict_do_nothing().exec_without_returning(&**tx).await;
    let inserted = super::inserted(inserted, "insert a signing key")?;
    tx.raise_epoch().await?;
    Ok(inserted)
}

pub async fn set_retiring(tx: &Tx, kid: &str, from: OffsetDateTime, retired_from: OffsetDateTime) -> Result<(), Fault> {
    Entity::update_many()
        .col_expr(Column::RetiringFrom, columns::seconds(from).into())
        .col_expr(Column::RetiredFrom, columns::seconds(retired_from).into())
        .filter(Column::Kid.eq(kid))
        .exec(&**tx)
        .await
        .map_err(fault("retire a signing key"))?;
    tx.raise_epoch().await
}

pub async fn revoke(tx: &Tx, kid: &str, now: OffsetDateTime) -> Result<bool, Fault> {
    let done = Entity::update_many()
        .col_expr(Column::RevokedAt, columns::seconds(now).into())
        .filter(Column::Kid.eq(kid))
        .filter(Column::RevokedAt.is_null())
        .exec(&**tx)
        .await
        .map_err(fault("revoke a signing key"))?;
    tx.raise_epoch().await?;
    Ok(done.rows_affected > 0)
}

fn read(row: Model) -> Result<SigningKey, Fault> {
    Ok(SigningKey {
        kid: row.kid,
        algorithm: columns::word(&row.algorithm)?,
        generation: row.generation,
        public: columns::from_json(&row.public)?,
        sealed_private: row.sealed_private,
        published_at: columns::instant(row.published_at)?,
        active_from: columns::instant(row.active_from)?,
        retiring_from: columns::maybe_instant(row.retiring_from)?,
        retired_from: columns::maybe_instant(row.retired_from)?,
        revoked_at: columns::maybe_instant(row.revoked_at)?,
    })
}
