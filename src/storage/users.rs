//! Users, and the names they sign in with.

use std::{collections::BTreeSet, sync::LazyLock};

use entity::{
    login_names,
    users::{Column, Entity, Model},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use time::OffsetDateTime;

use super::{Db, Inserted, Tx, columns::*, sql};
use crate::model::{
    fault::Fault,
    id::UserId,
    page::Slice,
    secret::Secret,
    tenant::Tenant,
    user::{Credentials, User, UserStatus, login_name},
};

static INSERT: LazyLock<String> = LazyLock::new(sql::insert_if_absent::<Entity>);
static INSERT_NAME: LazyLock<String> = LazyLock::new(sql::insert_if_absent::<login_names::Entity>);

/// `Exists`: its user name or its e-mail address is a name of somebody in the tenant.
pub async fn insert(tx: &Tx, user: &User) -> Result<Inserted, Fault> {
    if tx.insert(&INSERT, sql::values(&row(user)?)).await? == Inserted::Exists {
        return Ok(Inserted::Exists);
    }
    let inserted = insert_names(tx, user, names(user)).await?;
    if inserted == Inserted::Exists {
        // A refusal commits, so the half that is written goes.
        tx.change("DELETE FROM users WHERE id = $1", [user.id.0.into()]).await?;
    }
    Ok(inserted)
}

/// Everything but its password, its status and when it was made. `Exists`: one of its names is somebody else's. Nothing was changed then.
pub async fn update(tx: &Tx, before: &User, user: &User) -> Result<Inserted, Fault> {
    let (old, new) = (names(before), names(user));
    if insert_names(tx, user, new.difference(&old).cloned().collect()).await? == Inserted::Exists {
        return Ok(Inserted::Exists);
    }
    for name in old.difference(&new) {
        delete_name(tx, user, name).await?;
    }
    let sql = "UPDATE users SET username = $1, email = $2, is_email_verified = $3, role = $4, claims = $5, updated_at = $6 \
               WHERE id = $7 AND organization_id = $8 AND environment = $9";
    let row = row(user)?;
    let values = [
        row.username.into(),
        row.email.into(),
        row.is_email_verified.into(),
        row.role.into(),
        row.claims.into(),
        row.updated_at.into(),
        row.id.into(),
        row.organization_id.into(),
        row.environment.into(),
    ];
    tx.change(sql, values).await?;
    tx.raise_epoch();
    Ok(Inserted::Now)
}

/// With all that hangs from it. False: the tenant has no such user.
pub async fn delete(tx: &Tx, tenant: &Tenant, id: UserId) -> Result<bool, Fault> {
    let sql = "DELETE FROM users WHERE id = $1 AND organization_id = $2 AND environment = $3";
    let (organization, environment) = (tenant.organization.0, tenant.environment.as_str());
    let deleted = tx.change(sql, [id.0.into(), organization.into(), environment.into()]).await?;
    tx.raise_epoch();
    Ok(deleted > 0)
}

/// Is there another active owner in the tenant? Those who are found stay so until the commit.
pub async fn has_other_owner(tx: &Tx, tenant: &Tenant, id: UserId) -> Result<bool, Fault> {
    let sql = "SELECT id FROM users WHERE organization_id = $1 AND environment = $2 AND role = 'owner' AND status = 'active' AND id <> $3";
    let values = [tenant.organization.0.into(), tenant.environment.as_str().into(), id.0.into()];
    Ok(tx.row(&sql::held(tx, sql), values).await?.is_some())
}

fn names(user: &User) -> BTreeSet<String> {
    user.username.iter().chain([&user.email]).map(|name| login_name(name)).collect()
}

/// All of them, or none.
async fn insert_names(tx: &Tx, user: &User, names: BTreeSet<String>) -> Result<Inserted, Fault> {
    let mut inserted: Vec<String> = Vec::new();
    for name in names {
        let row = login_names::Model {
            organization_id: user.tenant.organization.0,
            environment: user.tenant.environment.to_string(),
            name: name.clone(),
            user_id: user.id.0,
        };
        if tx.insert(&INSERT_NAME, sql::values(&row)).await? == Inserted::Exists {
            for name in &inserted {
                delete_name(tx, user, name).await?;
            }
            return Ok(Inserted::Exists);
        }
        inserted.push(name);
    }
    Ok(Inserted::Now)
}

async fn delete_name(tx: &Tx, user: &User, name: &str) -> Result<(), Fault> {
    let sql = "DELETE FROM login_names WHERE organization_id = $1 AND environment = $2 AND name = $3 AND user_id = $4";
    let Tenant { organization, environment } = user.tenant;
    tx.change(sql, [organization.0.into(), environment.as_str().into(), name.into(), user.id.0.into()]).await?;
    Ok(())
}

pub async fn find(db: &Db, tenant: &Tenant, id: UserId) -> Result<Option<User>, Fault> {
    let found = Entity::find_by_id(id.0).one(db).await?.map(user).transpose()?;
    Ok(found.filter(|user| user.tenant == *tenant))
}

/// Without a tenant: for an operator's command line only.
pub async fn find_anywhere(db: &Db, id: UserId) -> Result<Option<User>, Fault> {
    Entity::find_by_id(id.0).one(db).await?.map(user).transpose()
}

/// By user name or e-mail address, compared as [`login_name`] does.
pub async fn find_by_login(db: &Db, tenant: &Tenant, name: &str) -> Result<Option<Credentials>, Fault> {
    let sql = "SELECT u.id, u.password_hash, u.status FROM login_names n JOIN users u ON u.id = n.user_id \
               WHERE n.organization_id = $1 AND n.environment = $2 AND n.name = $3";
    let values = [tenant.organization.0.into(), tenant.environment.as_str().into(), login_name(name).into()];
    let Some(row) = db.row(sql, values).await? else { return Ok(None) };
    Ok(Some(Credentials {
        user: UserId(row.try_get_by(0)?),
        password_hash: row.try_get_by::<Option<String>, _>(1)?.map(Secret::new),
        status: word(&row.try_get_by::<String, _>(2)?)?,
    }))
}

/// Those of the tenant, by id.
pub async fn list(db: &Db, tenant: &Tenant, status: Option<UserStatus>, slice: Slice) -> Result<Vec<User>, Fault> {
    let mut of_tenant = sql::of_tenant(Column::OrganizationId, Column::Environment, tenant);
    if let Some(status) = status {
        of_tenant = of_tenant.add(Column::Status.eq(status.as_str()));
    }
    sql::part(Entity::find().filter(of_tenant), Column::Id, slice).all(db).await?.into_iter().map(user).collect()
}

/// False: there is no such user.
pub async fn set_password(
    tx: &Tx,
    tenant: &Tenant,
    id: UserId,
    password_hash: &Secret,
    now: OffsetDateTime,
) -> Result<bool, Fault> {
    set(tx, "password_hash", password_hash.reveal(), tenant, id, now).await
}

/// False: there is no such user.
pub async fn set_status(tx: &Tx, tenant: &Tenant, id: UserId, status: UserStatus, now: OffsetDateTime) -> Result<bool, Fault> {
    set(tx, "status", status.as_str(), tenant, id, now).await
}

async fn set(tx: &Tx, column: &str, value: &str, tenant: &Tenant, id: UserId, now: OffsetDateTime) -> Result<bool, Fault> {
    let sql =
        format!("UPDATE users SET {column} = $1, updated_at = $2 WHERE id = $3 AND organization_id = $4 AND environment = $5");
    let (organization, environment) = (tenant.organization.0, tenant.environment.as_str());
    let values = [value.into(), seconds(now).into(), id.0.into(), organization.into(), environment.into()];
    let changed = tx.change(&sql, values).await?;
    // What a key may do hangs from its owner.
    tx.raise_epoch();
    Ok(changed > 0)
}

/// A user of a joined row, whose columns carry this prefix.
pub(super) fn from_columns(row: &sea_orm::QueryResult, prefix: &str) -> Result<User, Fault> {
    user(sea_orm::FromQueryResult::from_query_result(row, prefix)?)
}

fn row(user: &User) -> Result<Model, Fault> {
    Ok(Model {
        id: user.id.0,
        organization_id: user.tenant.organization.0,
        environment: user.tenant.environment.to_string(),
        username: user.username.clone(),
        email: user.email.clone(),
        is_email_verified: user.is_email_verified,
        role: user.role.to_string(),
        claims: text(&user.claims)?,
        password_hash: user.password_hash.as_ref().map(|hash| hash.reveal().to_owned()),
        status: user.status.to_string(),
        created_at: seconds(user.created_at),
        updated_at: seconds(user.updated_at),
    })
}

fn user(row: Model) -> Result<User, Fault> {
    Ok(User {
        id: UserId(row.id),
        tenant: tenant(row.organization_id, &row.environment)?,
        username: row.username,
        email: row.email,
        is_email_verified: row.is_email_verified,
        role: word(&row.role)?,
        claims: document(&row.claims)?,
        password_hash: row.password_hash.map(Secret::new),
        status: word(&row.status)?,
        created_at: instant(row.created_at)?,
        updated_at: instant(row.updated_at)?,
    })
}
