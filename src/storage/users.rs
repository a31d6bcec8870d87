//! Users. They are found within their tenant only.

use entity::users::{ActiveModel, Column, Entity, Model};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, UpdateMany};
use time::OffsetDateTime;

use crate::model::{
    fault::Fault,
    id::UserId,
    secret::Secret,
    tenant::Tenant,
    user::{User, UserStatus, login_name},
};

use super::{Db, Inserted, Tx, columns, fault};

pub async fn insert(tx: &Tx, user: &User) -> Result<Inserted, Fault> {
    let row = ActiveModel {
        id: Set(user.id.0),
        organization_id: Set(user.tenant.organization.0),
        environment: Set(user.tenant.environment.to_string()),
        username: Set(user.username.clone()),
        username_key: Set(user.username.as_deref().map(login_name)),
        email: Set(user.email.clone()),
        email_key: Set(login_name(&user.email)),
        email_verified: Set(user.is_email_verified),
        role: Set(user.role.to_string()),
        claims: Set(columns::json(&user.claims)?),
        password_hash: Set(user.password_hash.as_ref().map(|hash| hash.reveal().to_owned())),
        status: Set(user.status.to_string()),
        created_at: Set(columns::seconds(user.created_at)),
        updated_at: Set(columns::seconds(user.updated_at)),
    };
    let inserted = Entity::insert(row).on_conflict_do_nothing().exec_without_returning(&**tx).await;
    super::inserted(inserted, "insert a user")
}

fn of(tenant: &Tenant) -> Condition {
    Condition::all()
        .add(Column::OrganizationId.eq(tenant.organization.0))
        .add(Column::Environment.eq(tenant.environment.as_str()))
}

pub async fn find(db: &Db, tenant: &Tenant, id: UserId) -> Result<Option<User>, Fault> {
    let row = Entity::find_by_id(id.0).filter(of(tenant)).one(db).await.map_err(fault("find a user"))?;
    row.map(read).transpose()
}

/// Without a tenant: for an operator's command line only.
pub async fn find_anywhere(db: &Db, id: UserId) -> Result<Option<User>, Fault> {
    let row = Entity::find_by_id(id.0).one(db).await.map_err(fault("find a user"))?;
    row.map(read).transpose()
}

/// By username or e-mail address, in the form in which they are compared. A username wins.
pub async fn find_by_login(db: &Db, tenant: &Tenant, name: &str) -> Result<Option<User>, Fault> {
    let name = login_name(name);
    let named = Condition::any().add(Column::UsernameKey.eq(name.as_str())).add(Column::EmailKey.eq(name.as_str()));
    let rows = Entity::find().filter(of(tenant)).filter(named).all(db).await.map_err(fault("find a user by name"))?;
    let by_username = rows.iter().position(|row| row.username_key.as_deref() == Some(name.as_str()));
    rows.into_iter().nth(by_username.unwrap_or(0)).map(read).transpose()
}

pub async fn list(db: &Db, tenant: &Tenant) -> Result<Vec<User>, Fault> {
    let rows = Entity::find().filter(of(tenant)).order_by_asc(Column::CreatedAt).order_by_asc(Column::Id).all(db).await;
    rows.map_err(fault("list users"))?.into_iter().map(read).collect()
}

pub async fn set_password(tx: &Tx, tenant: &Tenant, id: UserId, hash: &Secret, now: OffsetDateTime) -> Result<bool, Fault> {
    set(tx, tenant, id, now, Entity::update_many().col_expr(Column::PasswordHash, hash.reveal().into())).await
}

pub async fn set_status(tx: &Tx, tenant: &Tenant, id: UserId, status: UserStatus, now: OffsetDateTime) -> Result<bool, Fault> {
    set(tx, tenant, id, now, Entity::update_many().col_expr(Column::Status, status.as_str().into())).await
}

async fn set(tx: &Tx, tenant: &Tenant, id: UserId, now: OffsetDateTime, change: UpdateMany<Entity>) -> Result<bool, Fault> {
    let change = change.col_expr(Column::UpdatedAt, columns::seconds(now).into());
    let done = change.filter(of(tenant)).filter(Column::Id.eq(id.0)).exec(&**tx).await.map_err(fault("update a user"))?;
    Ok(done.rows_affected > 0)
}

pub(super) fn read(row: Model) -> Result<User, Fault> {
    Ok(User {
        id: UserId(row.id),
        tenant: columns::tenant(row.organization_id, &row.environment)?,
        username: row.username,
        email: row.email,
        is_email_verified: row.email_verified,
        role: columns::word(&row.role)?,
        claims: columns::from_json(&row.claims)?,
        password_hash: row.password_hash.map(Secret::new),
        status: columns::word(&row.status)?,
        created_at: columns::instant(row.created_at)?,
        updated_at: columns::instant(row.updated_at)?,
    })
}
