//! Authorization codes: found, consumed once, burned.

use entity::codes::{ActiveModel, Column, Entity, Model};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use time::OffsetDateTime;

use crate::model::{
    code::AuthorizationCode,
    fault::Fault,
    id::{ClientId, CodeId, GrantId},
    secret::Presented,
};

use super::{Db, Tx, columns, fault};

/// Who was first?
#[derive(Debug)]
pub enum Consumed {
    Now(AuthorizationCode),
    Earlier(AuthorizationCode),
    Unknown,
}

pub async fn insert(tx: &Tx, code: &AuthorizationCode) -> Result<(), Fault> {
    let row = ActiveModel {
        id: Set(code.id.0),
        digest: Set(code.digest.0.to_vec()),
        organization_id: Set(code.tenant.organization.0),
        environment: Set(code.tenant.environment.to_string()),
        grant_id: Set(code.grant_id.0),
        client_id: Set(code.client_id.0.clone()),
        redirect_uri: Set(code.redirect_uri.clone()),
        redirect_uri_was_sent: Set(code.redirect_uri_was_sent),
        code_challenge: Set(code.code_challenge.clone()),
        nonce: Set(code.nonce.clone()),
        expires_at: Set(columns::seconds(code.expires_at)),
        consumed_at: Set(code.consumed_at.map(columns::seconds)),
    };
    Entity::insert(row).exec_without_returning(&**tx).await.map_err(fault("insert a code"))?;
    Ok(())
}

pub async fn find(db: &Db, presented: &Presented) -> Result<Option<AuthorizationCode>, Fault> {
    let row = Entity::find_by_id(presented.key).one(db).await.map_err(fault("find a code"))?;
    let code = row.map(read).transpose()?;
    Ok(code.filter(|code| code.digest == presented.digest))
}

pub async fn consume(tx: &Tx, presented: &Presented, now: OffsetDateTime) -> Result<Consumed, Fault> {
    let is_first = spend(tx, CodeId(presented.key), now).await?;
    Ok(match (find(tx, presented).await?, is_first) {
        (Some(code), true) => Consumed::Now(code),
        (Some(code), false) => Consumed::Earlier(code),
        (None, _) => Consumed::Unknown,
    })
}

pub async fn burn(tx: &Tx, id: CodeId, now: OffsetDateTime) -> Result<(), Fault> {
    spend(tx, id, now).await.map(drop)
}

async fn spend(tx: &Tx, id: CodeId, now: OffsetDateTime) -> Result<bool, Fault> {
    let done = Entity::update_many()
        .col_expr(Column::ConsumedAt, columns::seconds(now).into())
        .filter(Column::Id.eq(id.0))
        .filter(Column::ConsumedAt.is_null())
        .exec(&**tx)
        .await
        .map_err(fault("consume a code"))?;
    Ok(done.rows_affected > 0)
}

fn read(row: Model) -> Result<AuthorizationCode, Fault> {
    Ok(AuthorizationCode {
        id: CodeId(row.id),
        digest: columns::digest(&row.digest)?,
        tenant: columns::tenant(row.organization_id, &row.environment)?,
        grant_id: GrantId(row.grant_id),
        client_id: ClientId(row.client_id),
        redirect_uri: row.redirect_uri,
        redirect_uri_was_sent: row.redirect_uri_was_sent,
        code_challenge: row.code_challenge,
        nonce: row.nonce,
        expires_at: columns::instant(row.expires_at)?,
        consumed_at: columns::maybe_instant(row.consumed_at)?,
    })
}
