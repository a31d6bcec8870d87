//! Refresh tokens and their rotation.

use entity::refresh_tokens::{ActiveModel, Column, Entity, Model};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use time::OffsetDateTime;

use crate::model::{
    fault::Fault,
    id::{ClientId, GrantId, RefreshTokenId},
    secret::Presented,
    token::{RefreshToken, RefreshUse},
};

use super::{Db, Tx, columns, fault};

pub async fn insert(tx: &Tx, token: &RefreshToken) -> Result<(), Fault> {
    let (used_at, successor) = match token.use_state {
        RefreshUse::Unused => (None, None),
        RefreshUse::Rotated { at, successor } => (Some(columns::seconds(at)), Some(successor.0)),
        RefreshUse::Superseded { at } => (Some(columns::seconds(at)), None),
    };
    let row = ActiveModel {
        id: Set(token.id.0),
        digest: Set(token.digest.0.to_vec()),
        organization_id: Set(token.tenant.organization.0),
        environment: Set(token.tenant.environment.to_string()),
        grant_id: Set(token.grant_id.0),
        client_id: Set(token.client_id.0.clone()),
        issued_at: Set(columns::seconds(token.issued_at)),
        idle_expires_at: Set(columns::seconds(token.idle_expires_at)),
        absolute_expires_at: Set(columns::seconds(token.absolute_expires_at)),
        used_at: Set(used_at),
        successor: Set(successor),
    };
    Entity::insert(row).exec_without_returning(&**tx).await.map_err(fault("insert a refresh token"))?;
    Ok(())
}

pub async fn find(db: &Db, presented: &Presented) -> Result<Option<RefreshToken>, Fault> {
    let row = Entity::find_by_id(presented.key).one(db).await.map_err(fault("find a refresh token"))?;
    let token = row.map(read).transpose()?;
    Ok(token.filter(|token| token.digest == presented.digest))
}

/// Spent for its successor; false if it was spent already.
pub async fn rotate(tx: &Tx, id: RefreshTokenId, successor: RefreshTokenId, now: OffsetDateTime) -> Result<bool, Fault> {
    let done = Entity::update_many()
        .col_expr(Column::UsedAt, columns::seconds(now).into())
        .col_expr(Column::Successor, successor.0.into())
        .filter(Column::Id.eq(id.0))
        .filter(Column::UsedAt.is_null())
        .exec(&**tx)
        .await
        .map_err(fault("rotate a refresh token"))?;
    Ok(done.rows_affected > 0)
}

/// The lost successor dies unused and another takes its place; false if it was used meanwhile.
pub async fn re_rotate(
    tx: &Tx,
    id: RefreshTokenId,
    lost: RefreshTokenId,
    successor: RefreshTokenId,
    now: OffsetDateTime,
) -> Result<bool, Fault> {
    let superseded = Entity::update_many()
        .col_expr(Column::UsedAt, columns::seconds(now).into())
        .filter(Column::Id.eq(lost.0))
        .filter(Column::UsedAt.is_null())
        .exec(&**tx)
        .await
        .map_err(fault("supersede a refresh token"))?;
    if superseded.rows_affected == 0 {
        return Ok(false);
    }
    // `used_at` stays what it was: the grace counts from the first use.
    let pointed = Entity::update_many()
        .col_expr(Column::Successor, successor.0.into())
        .filter(Column::Id.eq(id.0))
        .filter(Column::Successor.eq(lost.0))
        .exec(&**tx)
        .await
        .map_err(fault("rotate a refresh token again"))?;
    Ok(pointed.rows_affected > 0)
}

pub async fn touch(tx: &Tx, id: RefreshTokenId, idle_expires_at: OffsetDateTime) -> Result<(), Fault> {
    Entity::update_many()
        .col_expr(Column::IdleExpiresAt, columns::seconds(idle_expires_at).into())
        .filter(Column::Id.eq(id.0))
        .exec(&**tx)
        .await
        .map_err(fault("move a refresh token's idle end"))?;
    Ok(())
}

fn read(row: Model) -> Result<RefreshToken, Fault> {
    let use_state = match (columns::maybe_instant(row.used_at)?, row.successor) {
        (None, _) => RefreshUse::Unused,
        (Some(at), Some(successor)) => RefreshUse::Rotated { at, successor: RefreshTokenId(successor) },
        (Some(at), None) => RefreshUse::Superseded { at },
    };
    Ok(RefreshToken {
        id: RefreshTokenId(row.id),
        digest: columns::digest(&row.digest)?,
        tenant: columns::tenant(row.organization_id, &row.environment)?,
        grant_id: GrantId(row.grant_id),
        client_id: ClientId(row.client_id),
        issued_at: columns::instant(row.issued_at)?,
        idle_expires_at: columns::instant(row.idle_expires_at)?,
        absolute_expires_at: columns::instant(row.absolute_expires_at)?,
        use_state,
    })
}
