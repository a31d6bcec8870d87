//! Opaque access tokens.

use entity::access_tokens::{ActiveModel, Entity};
use sea_orm::{ActiveValue::Set, EntityTrait};

use crate::model::{
    fault::Fault,
    id::{AccessTokenId, ClientId, GrantId},
    scope::Scope,
    secret::Presented,
    token::AccessToken,
};

use super::{Db, Tx, columns, fault};

pub async fn insert(tx: &Tx, token: &AccessToken) -> Result<(), Fault> {
    let row = ActiveModel {
        id: Set(token.id.0),
        digest: Set(token.digest.0.to_vec()),
        organization_id: Set(token.tenant.organization.0),
        environment: Set(token.tenant.environment.to_string()),
        grant_id: Set(token.grant_id.map(|grant| grant.0)),
        client_id: Set(token.client_id.0.clone()),
        scope: Set(token.scope.to_string()),
        audience: Set(columns::json(&token.audience)?),
        issued_at: Set(columns::seconds(token.issued_at)),
        expires_at: Set(columns::seconds(token.expires_at)),
    };
    Entity::insert(row).exec_without_returning(&**tx).await.map_err(fault("insert an access token"))?;
    Ok(())
}

pub async fn find(db: &Db, presented: &Presented) -> Result<Option<AccessToken>, Fault> {
    let row = Entity::find_by_id(presented.key).one(db).await.map_err(fault("find an access token"))?;
    let Some(row) = row else { return Ok(None) };
    let token = AccessToken {
        id: AccessTokenId(row.id),
        digest: columns::digest(&row.digest)?,
        tenant: columns::tenant(row.organization_id, &row.environment)?,
        grant_id: row.grant_id.map(GrantId),
        client_id: ClientId(row.client_id),
        scope: Scope::parse(&row.scope).map_err(|error| Fault::while_doing("read an access token", error))?,
        audience: columns::from_json(&row.audience)?,
        issued_at: columns::instant(row.issued_at)?,
        expires_at: columns::instant(row.expires_at)?,
    };
    Ok(Some(token).filter(|token| token.digest == presented.digest))
}

pub async fn delete(tx: &Tx, id: AccessTokenId) -> Result<bool, Fault> {
    let done = Entity::delete_by_id(id.0).exec(&**tx).await.map_err(fault("delete an access token"))?;
    Ok(done.rows_affected > 0)
}
