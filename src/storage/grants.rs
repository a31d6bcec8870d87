//! Grants, and whether what hangs from one is alive.

use entity::{
    grants::{ActiveModel, Column, Entity, Model},
    revoked_tokens, users,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, JoinType, QueryFilter, QuerySelect, UpdateMany, sea_query::Query};
use time::OffsetDateTime;

use crate::model::{
    fault::Fault,
    grant::{Grant, RevocationReason, Revoked},
    id::{AccessTokenId, ClientId, GrantId, SessionId, UserId},
    scope::Scope,
    tenant::Tenant,
    user::User,
};

use super::{Db, Tx, columns, fault};

/// A grant with whose it is, and whether one token of it was revoked by itself.
#[derive(Debug)]
pub struct Liveness {
    pub grant: Grant,
    pub user: User,
    pub token_revoked: bool,
}

pub async fn insert(tx: &Tx, grant: &Grant) -> Result<(), Fault> {
    let row = ActiveModel {
        id: Set(grant.id.0),
        organization_id: Set(grant.tenant.organization.0),
        environment: Set(grant.tenant.environment.to_string()),
        client_id: Set(grant.client_id.0.clone()),
        user_id: Set(grant.user_id.0),
        session_id: Set(grant.session_id.0),
        scope: Set(grant.scope.to_string()),
        is_offline: Set(grant.scope.contains(Scope::OFFLINE_ACCESS)),
        resource: Set(grant.resource.clone()),
        claims: Set(if grant.claims.is_empty() { None } else { Some(columns::json(&grant.claims)?) }),
        authenticated_at: Set(columns::seconds(grant.authentication.at)),
        acr: Set(grant.authentication.acr.to_string()),
        amr: Set(grant.authentication.amr.join(" ")),
        created_at: Set(columns::seconds(grant.created_at)),
        expires_at: Set(columns::seconds(grant.expires_at)),
        revoked_at: Set(None),
        revoked_reason: Set(None),
    };
    Entity::insert(row).exec_without_returning(&**tx).await.map_err(fault("insert a grant"))?;
    Ok(())
}

/// Everything that decides whether a token of this grant is alive, in one query.
pub async fn liveness(db: &Db, id: GrantId, token: Option<AccessTokenId>) -> Result<Option<Liveness>, Fault> {
    let to_user = Entity::belongs_to(users::Entity).from(Column::UserId).to(users::Column::Id).into();
    let mark = Query::select()
        .column(revoked_tokens::Column::Id)
        .from(revoked_tokens::Entity)
        .and_where(revoked_tokens::Column::Id.eq(token.map(|token| token.0)))
        .to_owned();
    let found = Entity::find_by_id(id.0)
        .join(JoinType::InnerJoin, to_user)
        .select_also(users::Entity)
        .one(db)
        .await
        .map_err(fault("find a grant"))?;
    let _ = mark;
    let Some((grant, Some(user))) = found else { return Ok(None) };
    let token_revoked = match token {
        None => false,
        Some(token) => super::revoked_tokens::is_revoked(db, token).await?,
    };
    Ok(Some(Liveness { grant: read(grant)?, user: super::users::read(user)?, token_revoked }))
}

fn revocation(reason: RevocationReason, now: OffsetDateTime) -> UpdateMany<Entity> {
    Entity::update_many()
        .col_expr(Column::RevokedAt, columns::seconds(now).into())
        .col_expr(Column::RevokedReason, reason.as_str().into())
        .filter(Column::RevokedAt.is_null())
}

pub async fn revoke(tx: &Tx, id: GrantId, reason: RevocationReason, now: OffsetDateTime) -> Result<bool, Fault> {
    let done = revocation(reason, now).filter(Column::Id.eq(id.0)).exec(&**tx).await.map_err(fault("revoke a grant"))?;
    Ok(done.rows_affected > 0)
}

/// Those without `offline_access`; the others outlive the session.
pub async fn revoke_of_session(tx: &Tx, session: SessionId, reason: RevocationReason, now: OffsetDateTime) -> Result<(), Fault> {
    revocation(reason, now)
        .filter(Column::SessionId.eq(session.0))
        .filter(Column::IsOffline.eq(false))
        .exec(&**tx)
        .await
        .map_err(fault("revoke a session's grants"))?;
    Ok(())
}

pub async fn revoke_of_user(
    tx: &Tx,
    tenant: &Tenant,
    user: UserId,
    reason: RevocationReason,
    now: OffsetDateTime,
) -> Result<(), Fault> {
    revocation(reason, now)
        .filter(Column::UserId.eq(user.0))
        .filter(Column::OrganizationId.eq(tenant.organization.0))
        .filter(Column::Environment.eq(tenant.environment.as_str()))
        .exec(&**tx)
        .await
        .map_err(fault("revoke a user's grants"))?;
    Ok(())
}

fn read(row: Model) -> Result<Grant, Fault> {
    let revoked = match (row.revoked_at, row.revoked_reason) {
        (Some(at), Some(reason)) => Some(Revoked { at: columns::instant(at)?, reason: columns::word(&reason)? }),
        _ => None,
    };
    Ok(Grant {
        id: GrantId(row.id),
        tenant: columns::tenant(row.organization_id, &row.environment)?,
        client_id: ClientId(row.client_id),
        user_id: UserId(row.user_id),
        session_id: SessionId(row.session_id),
        scope: Scope::parse(&row.scope).map_err(|error| Fault::while_doing("read a grant", error))?,
        resource: row.resource,
        claims: row.claims.map_or(Ok(Default::default()), |claims| columns::from_json(&claims))?,
        authentication: columns::authentication(row.authenticated_at, &row.acr, &row.amr)?,
        created_at: columns::instant(row.created_at)?,
        expires_at: columns::instant(row.expires_at)?,
        revoked,
    })
}
