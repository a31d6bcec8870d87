//! Sessions.

use entity::{
    sessions::{ActiveModel, Column, Entity, Model},
    users,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, JoinType, QueryFilter, QuerySelect};
use time::OffsetDateTime;

use crate::model::{
    fault::Fault,
    id::{SessionId, UserId},
    session::Session,
    tenant::Tenant,
    user::User,
};

use super::{Db, Tx, columns, fault};

pub async fn insert(tx: &Tx, session: &Session) -> Result<(), Fault> {
    Entity::insert(row(session)).exec_without_returning(&**tx).await.map_err(fault("insert a session"))?;
    Ok(())
}

/// The same session with another secret, proven anew.
pub async fn renew(tx: &Tx, session: &Session) -> Result<(), Fault> {
    Entity::update(row(session)).exec(&**tx).await.map_err(fault("renew a session"))?;
    Ok(())
}

fn row(session: &Session) -> ActiveModel {
    ActiveModel {
        id: Set(session.id.0),
        digest: Set(session.digest.0.to_vec()),
        organization_id: Set(session.tenant.organization.0),
        environment: Set(session.tenant.environment.to_string()),
        user_id: Set(session.user_id.0),
        authenticated_at: Set(columns::seconds(session.authentication.at)),
        acr: Set(session.authentication.acr.to_string()),
        amr: Set(session.authentication.amr.join(" ")),
        expires_at: Set(columns::seconds(session.expires_at)),
        ended_at: Set(session.ended_at.map(columns::seconds)),
    }
}

/// A session and whose it is, in one query.
pub async fn find_with_user(db: &Db, id: SessionId) -> Result<Option<(Session, User)>, Fault> {
    let to_user = Entity::belongs_to(users::Entity).from(Column::UserId).to(users::Column::Id).into();
    let found = Entity::find_by_id(id.0)
        .join(JoinType::InnerJoin, to_user)
        .select_also(users::Entity)
        .one(db)
        .await
        .map_err(fault("find a session"))?;
    match found {
        Some((session, Some(user))) => Ok(Some((read(session)?, super::users::read(user)?))),
        Some((_, None)) | None => Ok(None),
    }
}

pub async fn end(tx: &Tx, id: SessionId, now: OffsetDateTime) -> Result<bool, Fault> {
    let ended = Entity::update_many()
        .col_expr(Column::EndedAt, columns::seconds(now).into())
        .filter(Column::Id.eq(id.0))
        .filter(Column::EndedAt.is_null())
        .exec(&**tx)
        .await
        .map_err(fault("end a session"))?;
    Ok(ended.rows_affected > 0)
}

pub async fn end_of_user(tx: &Tx, tenant: &Tenant, user: UserId, now: OffsetDateTime) -> Result<(), Fault> {
    Entity::update_many()
        .col_expr(Column::EndedAt, columns::seconds(now).into())
        .filter(Column::UserId.eq(user.0))
        .filter(Column::OrganizationId.eq(tenant.organization.0))
        .filter(Column::Environment.eq(tenant.environment.as_str()))
        .filter(Column::EndedAt.is_null())
        .exec(&**tx)
        .await
        .map_err(fault("end a user's sessions"))?;
    Ok(())
}

fn read(row: Model) -> Result<Session, Fault> {
    Ok(Session {
        id: SessionId(row.id),
        digest: columns::digest(&row.digest)?,
        tenant: columns::tenant(row.organization_id, &row.environment)?,
        user_id: UserId(row.user_id),
        authentication: columns::authentication(row.authenticated_at, &row.acr, &row.amr)?,
        expires_at: columns::instant(row.expires_at)?,
        ended_at: columns::maybe_instant(row.ended_at)?,
    })
}
