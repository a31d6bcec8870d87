//! Marks of what may be shown once.

use entity::replay_marks::{ActiveModel, Entity};
use sea_orm::{ActiveValue::Set, EntityTrait};
use time::OffsetDateTime;

use crate::model::{fault::Fault, secret::Digest};

use super::{Inserted, Tx, columns};

pub async fn insert(tx: &Tx, issuer: &str, jti: &Digest, expires_at: OffsetDateTime) -> Result<Inserted, Fault> {
    let row = ActiveModel {
        issuer: Set(issuer.to_owned()),
        digest: Set(jti.0.to_vec()),
        expires_at: Set(columns::seconds(expires_at)),
    };
    let inserted = Entity::insert(row).on_conflict_do_nothing().exec_without_returning(&**tx).await;
    super::inserted(inserted, "insert a replay mark")
}
