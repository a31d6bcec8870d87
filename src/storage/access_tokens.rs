//! Opaque access tokens. Those in the form of a JWT have no row.

use std::sync::LazyLock;

use entity::access_tokens::{Entity, Model};

use super::{Db, Tx, columns::*, sql};
use crate::model::{
    fault::Fault,
    id::{AccessTokenId, ClientId, GrantId},
    secret::Presented,
    token::AccessToken,
};

static INSERT: LazyLock<String> = LazyLock::new(sql::insert::<Entity>);
static FIND: LazyLock<String> = LazyLock::new(|| sql::select::<Entity>("WHERE id = $1"));

pub async fn insert(tx: &Tx, token: &AccessToken) -> Result<(), Fault> {
    let row = Model {
        id: token.id.0,
        organization_id: token.tenant.organization.0,
        environment: token.tenant.environment.to_string(),
        digest: token.digest.0.to_vec(),
        grant_id: token.grant_id.map(|grant| grant.0),
        client_id: token.client_id.0.clone(),
        scope: token.scope.to_string(),
        audience: text(&token.audience)?,
        issued_at: seconds(token.issued_at),
        expires_at: seconds(token.expires_at),
    };
    tx.change(&INSERT, sql::values(&row)).await?;
    Ok(())
}

/// By its key; the digest is then compared in constant time.
pub async fn find(db: &Db, presented: &Presented) -> Result<Option<AccessToken>, Fault> {
    let found = db.one::<Model>(&FIND, [presented.key.into()]).await?.map(token).transpose()?;
    Ok(found.filter(|token| token.digest == presented.digest))
}

/// False: it was not there.
pub async fn delete(tx: &Tx, id: AccessTokenId) -> Result<bool, Fault> {
    Ok(tx.change("DELETE FROM access_tokens WHERE id = $1", [id.0.into()]).await? > 0)
}

fn token(row: Model) -> Result<AccessToken, Fault> {
    Ok(AccessToken {
        id: AccessTokenId(row.id),
        digest: digest(&row.digest)?,
        tenant: tenant(row.organization_id, &row.environment)?,
        grant_id: row.grant_id.map(GrantId),
        client_id: ClientId(row.client_id),
        scope: scope(&row.scope)?,
        audience: document(&row.audience)?,
        issued_at: instant(row.issued_at)?,
        expires_at: instant(row.expires_at)?,
    })
}
