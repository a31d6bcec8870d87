//! Marks of access tokens that ended before their time.

use entity::revoked_tokens::{ActiveModel, Entity};
use sea_orm::{ActiveValue::Set, EntityTrait};
use time::OffsetDateTime;

use crate::model::{fault::Fault, id::AccessTokenId};

use super::{Db, Inserted, Tx, columns, fault};

pub async fn insert(tx: &Tx, id: AccessTokenId, expires_at: OffsetDateTime) -> Result<Inserted, Fault> {
    let row = ActiveModel { id: Set(id.0), expires_at: Set(columns::seconds(expires_at)) };
    let inserted = Entity::insert(row).on_conflict_do_nothing().exec_without_returning(&**tx).await;
    super::inserted(inserted, "mark an access token as revoked")
}

pub async fn is_revoked(db: &Db, id: AccessTokenId) -> Result<bool, Fault> {
    let row = Entity::find_by_id(id.0).one(db).await.map_err(fault("look for a revoked access token"))?;
    Ok(row.is_some())
}
