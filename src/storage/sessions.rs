//! Sessions.

use std::sync::LazyLock;

use entity::{
    sessions::{Entity, Model},
    users as users_table,
};
use time::OffsetDateTime;

use super::{Db, Tx, columns::*, sql, users};
use crate::model::{
    fault::Fault,
    id::{SessionId, UserId},
    secret::Secret,
    session::Session,
    tenant::Tenant,
    user::User,
};

static INSERT: LazyLock<String> = LazyLock::new(|| {
    sql::insert_from::<Entity>("users WHERE id = $5 AND status = 'active' AND password_hash IS NOT DISTINCT FROM $9")
});
static FIND: LazyLock<String> = LazyLock::new(|| sql::select::<Entity>("WHERE id = $1"));
static FIND_WITH_USER: LazyLock<String> = LazyLock::new(|| {
    let (session, user) = (sql::columns::<Entity>("s"), sql::columns::<users_table::Entity>("u"));
    format!("SELECT {session}, {user} FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = $1")
});

/// Only while the user is active and has the password that was read; false otherwise. Whoever changes that now waits, and then sees the
/// session.
pub async fn insert(tx: &Tx, session: &Session, password_hash: Option<&Secret>) -> Result<bool, Fault> {
    let mut values = sql::values(&row(session)?);
    values.push(password_hash.map(|hash| hash.reveal().to_owned()).into());
    Ok(tx.change(&sql::held(tx, &INSERT), values).await? > 0)
}

/// The same session with another secret, proven anew. False: it has ended, and stays so.
pub async fn renew(tx: &Tx, session: &Session) -> Result<bool, Fault> {
    let sql = "UPDATE sessions SET digest = $1, authentication = $2, expires_at = $3 WHERE id = $4 AND ended_at IS NULL";
    let (digest, authentication) = (session.digest.0.to_vec(), text(&session.authentication)?);
    let values = [digest.into(), authentication.into(), seconds(session.expires_at).into(), session.id.0.into()];
    Ok(tx.change(sql, values).await? > 0)
}

fn row(session: &Session) -> Result<Model, Fault> {
    Ok(Model {
        id: session.id.0,
        organization_id: session.tenant.organization.0,
        environment: session.tenant.environment.to_string(),
        digest: session.digest.0.to_vec(),
        user_id: session.user_id.0,
        authentication: text(&session.authentication)?,
        expires_at: seconds(session.expires_at),
        ended_at: seconds_or_none(session.ended_at),
    })
}

pub async fn find(db: &Db, id: SessionId) -> Result<Option<Session>, Fault> {
    db.one::<Model>(&FIND, [id.0.into()]).await?.map(session).transpose()
}

/// A session and whose it is, in one query.
pub async fn find_with_user(db: &Db, id: SessionId) -> Result<Option<(Session, User)>, Fault> {
    let Some(row) = db.row(&FIND_WITH_USER, [id.0.into()]).await? else { return Ok(None) };
    let found = session(sea_orm::FromQueryResult::from_query_result(&row, "s_")?)?;
    Ok(Some((found, users::from_columns(&row, "u_")?)))
}

/// True for the first only.
pub async fn end(tx: &Tx, id: SessionId, now: OffsetDateTime) -> Result<bool, Fault> {
    let sql = "UPDATE sessions SET ended_at = $1 WHERE id = $2 AND ended_at IS NULL";
    Ok(tx.change(sql, [seconds(now).into(), id.0.into()]).await? > 0)
}

pub async fn end_of_user(tx: &Tx, tenant: &Tenant, user: UserId, now: OffsetDateTime) -> Result<(), Fault> {
    let sql = "UPDATE sessions SET ended_at = $1 \
               WHERE user_id = $2 AND organization_id = $3 AND environment = $4 AND ended_at IS NULL";
    let (organization, environment) = (tenant.organization.0, tenant.environment.as_str());
    tx.change(sql, [seconds(now).into(), user.0.into(), organization.into(), environment.into()]).await?;
    Ok(())
}

fn session(row: Model) -> Result<Session, Fault> {
    Ok(Session {
        id: SessionId(row.id),
        digest: digest(&row.digest)?,
        tenant: tenant(row.organization_id, &row.environment)?,
        user_id: UserId(row.user_id),
        authentication: document(&row.authentication)?,
        expires_at: instant(row.expires_at)?,
        ended_at: instant_or_none(row.ended_at)?,
    })
}
