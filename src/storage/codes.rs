//! Authorization codes.

use std::sync::LazyLock;

use entity::codes::{Entity, Model};
use time::OffsetDateTime;

use super::{Db, Tx, columns::*, sql};
use crate::model::{
    code::AuthorizationCode,
    fault::Fault,
    id::{ClientId, CodeId, GrantId},
    secret::Presented,
};

static INSERT: LazyLock<String> = LazyLock::new(sql::insert::<Entity>);
static FIND: LazyLock<String> = LazyLock::new(|| sql::select::<Entity>("WHERE id = $1"));
static CONSUME: LazyLock<String> = LazyLock::new(|| {
    sql::update_returning::<Entity>("SET consumed_at = $1 WHERE id = $2 AND digest = $3 AND consumed_at IS NULL")
});

/// What the one write that settles it has found.
#[derive(Debug, Clone)]
#[must_use]
pub enum Consumed {
    /// It was unspent until now.
    Now(AuthorizationCode),
    /// Somebody was first.
    Earlier(AuthorizationCode),
    Unknown,
}

pub async fn insert(tx: &Tx, code: &AuthorizationCode) -> Result<(), Fault> {
    let row = Model {
        id: code.id.0,
        organization_id: code.tenant.organization.0,
        environment: code.tenant.environment.to_string(),
        digest: code.digest.0.to_vec(),
        grant_id: code.grant_id.0,
        client_id: code.client_id.0.clone(),
        redirect_uri: code.redirect_uri.clone(),
        redirect_uri_was_sent: code.redirect_uri_was_sent,
        code_challenge: code.code_challenge.clone(),
        nonce: code.nonce.clone(),
        expires_at: seconds(code.expires_at),
        consumed_at: seconds_or_none(code.consumed_at),
    };
    tx.change(&INSERT, sql::values(&row)).await?;
    Ok(())
}

/// By its key; the digest is then compared in constant time.
pub async fn find(db: &Db, presented: &Presented) -> Result<Option<AuthorizationCode>, Fault> {
    let found = db.one::<Model>(&FIND, [presented.key.into()]).await?.map(code).transpose()?;
    Ok(found.filter(|code| code.digest == presented.digest))
}

/// Spends it, once, whether or not it has expired.
pub async fn consume(tx: &Tx, presented: &Presented, now: OffsetDateTime) -> Result<Consumed, Fault> {
    let values = [seconds(now).into(), presented.key.into(), presented.digest.0.to_vec().into()];
    if let Some(row) = tx.one::<Model>(&CONSUME, values).await? {
        return Ok(Consumed::Now(code(row)?));
    }
    Ok(find(tx, presented).await?.map_or(Consumed::Unknown, Consumed::Earlier))
}

/// Spent without success.
pub async fn burn(tx: &Tx, id: CodeId, now: OffsetDateTime) -> Result<(), Fault> {
    let sql = "UPDATE codes SET consumed_at = $1 WHERE id = $2 AND consumed_at IS NULL";
    tx.change(sql, [seconds(now).into(), id.0.into()]).await?;
    Ok(())
}

fn code(row: Model) -> Result<AuthorizationCode, Fault> {
    Ok(AuthorizationCode {
        id: CodeId(row.id),
        digest: digest(&row.digest)?,
        tenant: tenant(row.organization_id, &row.environment)?,
        grant_id: GrantId(row.grant_id),
        client_id: ClientId(row.client_id),
        redirect_uri: row.redirect_uri,
        redirect_uri_was_sent: row.redirect_uri_was_sent,
        code_challenge: row.code_challenge,
        nonce: row.nonce,
        expires_at: instant(row.expires_at)?,
        consumed_at: instant_or_none(row.consumed_at)?,
    })
}
