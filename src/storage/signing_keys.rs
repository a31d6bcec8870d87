//! Signing keys, their private parts sealed.

use std::sync::LazyLock;

use entity::signing_keys::{Column, Entity, Model};
use sea_orm::{EntityTrait, QueryOrder};
use time::OffsetDateTime;

use super::{Db, Inserted, Tx, columns::*, sql};
use crate::model::{fault::Fault, signing_key::SigningKey};

static INSERT: LazyLock<String> = LazyLock::new(sql::insert_if_absent::<Entity>);

/// All of them, by algorithm, the oldest first.
pub async fn list(db: &Db) -> Result<Vec<SigningKey>, Fault> {
    let rows = Entity::find().order_by_asc(Column::Algorithm).order_by_asc(Column::Generation).all(db).await?;
    rows.into_iter().map(key).collect()
}

/// `Exists`: another node has made this generation.
pub async fn insert(tx: &Tx, key: &SigningKey) -> Result<Inserted, Fault> {
    let row = Model {
        kid: key.kid.clone(),
        algorithm: key.algorithm.to_string(),
        generation: key.generation,
        public: text(&key.public)?,
        sealed_private: key.sealed_private.clone(),
        published_at: seconds(key.published_at),
        active_from: seconds(key.active_from),
        retiring_from: seconds_or_none(key.retiring_from),
        retired_from: seconds_or_none(key.retired_from),
        revoked_at: seconds_or_none(key.revoked_at),
    };
    tx.insert(&INSERT, sql::values(&row)).await
}

/// Once its successor is known.
pub async fn set_retiring(tx: &Tx, kid: &str, retiring_from: OffsetDateTime, retired_from: OffsetDateTime) -> Result<(), Fault> {
    let sql = "UPDATE signing_keys SET retiring_from = $1, retired_from = $2 WHERE kid = $3";
    tx.change(sql, [seconds(retiring_from).into(), seconds(retired_from).into(), kid.into()]).await?;
    tx.raise_epoch();
    Ok(())
}

/// True for the first only.
pub async fn revoke(tx: &Tx, kid: &str, now: OffsetDateTime) -> Result<bool, Fault> {
    let sql = "UPDATE signing_keys SET revoked_at = $1 WHERE kid = $2 AND revoked_at IS NULL";
    let revoked = tx.change(sql, [seconds(now).into(), kid.into()]).await?;
    tx.raise_epoch();
    Ok(revoked > 0)
}

fn key(row: Model) -> Result<SigningKey, Fault> {
    Ok(SigningKey {
        kid: row.kid,
        algorithm: word(&row.algorithm)?,
        generation: row.generation,
        public: document(&row.public)?,
        sealed_private: row.sealed_private,
        published_at: instant(row.published_at)?,
        active_from: instant(row.active_from)?,
        retiring_from: instant_or_none(row.retiring_from)?,
        retired_from: instant_or_none(row.retired_from)?,
        revoked_at: instant_or_none(row.revoked_at)?,
    })
}
