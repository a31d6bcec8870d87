//! Refresh tokens and the chain of their successors.

use std::sync::LazyLock;

use entity::refresh_tokens::{Entity, Model};
use time::OffsetDateTime;

use super::{Db, Tx, columns::*, sql};
use crate::model::{
    fault::Fault,
    id::{ClientId, GrantId, RefreshTokenId},
    secret::Presented,
    token::{RefreshToken, RefreshUse},
};

static INSERT: LazyLock<String> = LazyLock::new(sql::insert::<Entity>);
static FIND: LazyLock<String> = LazyLock::new(|| sql::select::<Entity>("WHERE id = $1"));

pub async fn insert(tx: &Tx, token: &RefreshToken) -> Result<(), Fault> {
    let (used_at, successor_id) = match token.use_state {
        RefreshUse::Unused => (None, None),
        RefreshUse::Rotated { at, successor } => (Some(seconds(at)), Some(successor.0)),
        RefreshUse::Superseded { at } => (Some(seconds(at)), None),
    };
    let row = Model {
        id: token.id.0,
        organization_id: token.tenant.organization.0,
        environment: token.tenant.environment.to_string(),
        digest: token.digest.0.to_vec(),
        grant_id: token.grant_id.0,
        client_id: token.client_id.0.clone(),
        issued_at: seconds(token.issued_at),
        idle_expires_at: seconds(token.idle_expires_at),
        absolute_expires_at: seconds(token.absolute_expires_at),
        used_at,
        successor_id,
    };
    tx.change(&INSERT, sql::values(&row)).await?;
    Ok(())
}

/// By its key; the digest is then compared in constant time.
pub async fn find(db: &Db, presented: &Presented) -> Result<Option<RefreshToken>, Fault> {
    let found = db.one::<Model>(&FIND, [presented.key.into()]).await?.map(token).transpose()?;
    Ok(found.filter(|token| token.digest == presented.digest))
}

/// Exchanges an unused token for its successor. True for the first only.
pub async fn rotate(tx: &Tx, id: RefreshTokenId, successor: RefreshTokenId, now: OffsetDateTime) -> Result<bool, Fault> {
    let sql = "UPDATE refresh_tokens SET used_at = $1, successor_id = $2 WHERE id = $3 AND used_at IS NULL";
    Ok(tx.change(sql, [seconds(now).into(), successor.0.into(), id.0.into()]).await? > 0)
}

/// A rotated token gets another successor in place of one that was never used, which ends. The instant of the first rotation stays.
/// False: the old successor was used, or superseded by somebody else.
pub async fn re_rotate(
    tx: &Tx,
    id: RefreshTokenId,
    old_successor: RefreshTokenId,
    new_successor: RefreshTokenId,
    now: OffsetDateTime,
) -> Result<bool, Fault> {
    // This write settles who is first; whoever loses it finds the old successor used.
    let supersede = "UPDATE refresh_tokens SET used_at = $1 WHERE id = $2 AND used_at IS NULL";
    if tx.change(supersede, [seconds(now).into(), old_successor.0.into()]).await? == 0 {
        return Ok(false);
    }
    let point = "UPDATE refresh_tokens SET successor_id = $1 WHERE id = $2 AND successor_id = $3";
    if tx.change(point, [new_successor.0.into(), id.0.into(), old_successor.0.into()]).await? == 0 {
        return Err(Fault::new("a refresh token was not the successor of the one it was said to succeed"));
    }
    Ok(true)
}

/// A token that does not rotate was used.
pub async fn touch(tx: &Tx, id: RefreshTokenId, idle_expires_at: OffsetDateTime) -> Result<(), Fault> {
    let sql = "UPDATE refresh_tokens SET idle_expires_at = $1 WHERE id = $2";
    tx.change(sql, [seconds(idle_expires_at).into(), id.0.into()]).await?;
    Ok(())
}

fn token(row: Model) -> Result<RefreshToken, Fault> {
    let use_state = match (row.used_at, row.successor_id) {
        (None, None) => RefreshUse::Unused,
        (Some(at), Some(successor)) => RefreshUse::Rotated { at: instant(at)?, successor: RefreshTokenId(successor) },
        (Some(at), None) => RefreshUse::Superseded { at: instant(at)? },
        (None, Some(_)) => return Err(Fault::new("a refresh token has a successor and was never used")),
    };
    Ok(RefreshToken {
        id: RefreshTokenId(row.id),
        digest: digest(&row.digest)?,
        tenant: tenant(row.organization_id, &row.environment)?,
        grant_id: GrantId(row.grant_id),
        client_id: ClientId(row.client_id),
        issued_at: instant(row.issued_at)?,
        idle_expires_at: instant(row.idle_expires_at)?,
        absolute_expires_at: instant(row.absolute_expires_at)?,
        use_state,
    })
}
