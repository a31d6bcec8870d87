//! Grants: what users allowed clients.

use std::sync::LazyLock;

use entity::{
    grants::{Entity, Model},
    users as users_table,
};
use sea_orm::{FromQueryResult, TryGetable};
use time::OffsetDateTime;

use super::{Db, Tx, columns::*, sql, users};
use crate::model::{
    fault::Fault,
    grant::{Grant, RevocationReason, Revoked},
    id::{AccessTokenId, ClientId, GrantId, SessionId, UserId},
    tenant::Tenant,
    user::User,
};

static INSERT: LazyLock<String> = LazyLock::new(|| sql::insert_from::<Entity>("sessions WHERE id = $6 AND ended_at IS NULL"));
static FIND: LazyLock<String> = LazyLock::new(|| sql::select::<Entity>("WHERE id = $1"));
static LIVENESS: LazyLock<String> = LazyLock::new(|| {
    let (grant, user) = (sql::columns::<Entity>("g"), sql::columns::<users_table::Entity>("u"));
    format!(
        "SELECT {grant}, {user}, r.id IS NOT NULL AS token_revoked FROM grants g JOIN users u ON u.id = g.user_id \
         LEFT JOIN revoked_tokens r ON r.id = $2 WHERE g.id = $1"
    )
});

/// All that decides whether a token of a grant is alive.
#[derive(Debug, Clone)]
pub struct Liveness {
    pub grant: Grant,
    pub user: User,
    /// The token itself was revoked.
    pub token_revoked: bool,
}

/// Only in a session that has not ended; false otherwise. Whoever ends it now waits, and then sees the grant.
pub async fn insert(tx: &Tx, grant: &Grant) -> Result<bool, Fault> {
    let row = Model {
        id: grant.id.0,
        organization_id: grant.tenant.organization.0,
        environment: grant.tenant.environment.to_string(),
        client_id: grant.client_id.0.clone(),
        user_id: grant.user_id.0,
        session_id: grant.session_id.0,
        scope: grant.scope.to_string(),
        resource: grant.resource.clone(),
        claims: text(&grant.claims)?,
        authentication: text(&grant.authentication)?,
        created_at: seconds(grant.created_at),
        expires_at: seconds(grant.expires_at),
        revoked_at: grant.revoked.map(|revoked| seconds(revoked.at)),
        revocation_reason: grant.revoked.map(|revoked| revoked.reason.to_string()),
    };
    Ok(tx.change(&sql::held(tx, &INSERT), sql::values(&row)).await? > 0)
}

/// One that was just made, and is not given after all.
pub async fn delete(tx: &Tx, id: GrantId) -> Result<(), Fault> {
    tx.change("DELETE FROM grants WHERE id = $1", [id.0.into()]).await?;
    Ok(())
}

pub async fn find(db: &Db, id: GrantId) -> Result<Option<Grant>, Fault> {
    db.one::<Model>(&FIND, [id.0.into()]).await?.map(grant).transpose()
}

/// The grant, whose it is, and whether this token of it was revoked, in one query.
pub async fn liveness(db: &Db, id: GrantId, token: Option<AccessTokenId>) -> Result<Option<Liveness>, Fault> {
    let Some(row) = db.row(&LIVENESS, [id.0.into(), token.map(|token| token.0).into()]).await? else { return Ok(None) };
    Ok(Some(Liveness {
        grant: grant(Model::from_query_result(&row, "g_")?)?,
        user: users::from_columns(&row, "u_")?,
        token_revoked: bool::try_get(&row, "", "token_revoked").map_err(sea_orm::DbErr::from)?,
    }))
}

/// True for the first only.
pub async fn revoke(tx: &Tx, id: GrantId, reason: RevocationReason, now: OffsetDateTime) -> Result<bool, Fault> {
    let sql = "UPDATE grants SET revoked_at = $1, revocation_reason = $2 WHERE id = $3 AND revoked_at IS NULL";
    Ok(tx.change(sql, [seconds(now).into(), reason.as_str().into(), id.0.into()]).await? > 0)
}

/// Those that began in this session and were not given beyond it: without `offline_access`.
pub async fn revoke_of_session(tx: &Tx, session: SessionId, reason: RevocationReason, now: OffsetDateTime) -> Result<(), Fault> {
    // Not LIKE: `_` stands for any character there, and SQLite's knows no case.
    let sql = "UPDATE grants SET revoked_at = $1, revocation_reason = $2 WHERE session_id = $3 AND revoked_at IS NULL \
               AND REPLACE(' ' || scope || ' ', ' offline_access ', '') = ' ' || scope || ' '";
    tx.change(sql, [seconds(now).into(), reason.as_str().into(), session.0.into()]).await?;
    Ok(())
}

pub async fn revoke_of_user(
    tx: &Tx,
    tenant: &Tenant,
    user: UserId,
    reason: RevocationReason,
    now: OffsetDateTime,
) -> Result<(), Fault> {
    let sql = "UPDATE grants SET revoked_at = $1, revocation_reason = $2 \
               WHERE user_id = $3 AND organization_id = $4 AND environment = $5 AND revoked_at IS NULL";
    let (organization, environment) = (tenant.organization.0, tenant.environment.as_str());
    let values = [seconds(now).into(), reason.as_str().into(), user.0.into(), organization.into(), environment.into()];
    tx.change(sql, values).await?;
    Ok(())
}

fn grant(row: Model) -> Result<Grant, Fault> {
    let revoked = match (row.revoked_at, row.revocation_reason) {
        (Some(at), Some(reason)) => Some(Revoked { at: instant(at)?, reason: word(&reason)? }),
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => return Err(Fault::new("a grant is half revoked")),
    };
    Ok(Grant {
        id: GrantId(row.id),
        tenant: tenant(row.organization_id, &row.environment)?,
        client_id: ClientId(row.client_id),
        user_id: UserId(row.user_id),
        session_id: SessionId(row.session_id),
        scope: scope(&row.scope)?,
        resource: row.resource,
        claims: document(&row.claims)?,
        authentication: document(&row.authentication)?,
        created_at: instant(row.created_at)?,
        expires_at: instant(row.expires_at)?,
        revoked,
    })
}
