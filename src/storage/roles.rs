//! Roles that organizations make for themselves, and who has them.

use std::{collections::BTreeMap, sync::LazyLock};

use entity::{
    role_assignments,
    roles::{Column, Entity, Model},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::{Db, Inserted, Tx, columns::*, sql};
use crate::model::{
    fault::Fault,
    id::{RoleId, UserId},
    page::Slice,
    role::Role,
    scope::Scope,
    tenant::Tenant,
    user::User,
};

static INSERT: LazyLock<String> = LazyLock::new(sql::insert_if_absent::<Entity>);
static ASSIGN: LazyLock<String> = LazyLock::new(sql::insert_if_absent::<role_assignments::Entity>);
static OF_USER: LazyLock<String> = LazyLock::new(|| {
    sql::select::<Entity>(
        "WHERE organization_id = $1 AND environment = $2 AND id IN (SELECT role_id FROM role_assignments WHERE user_id = $3) ORDER BY id",
    )
});

/// `Exists`: the tenant has a role of this name.
pub async fn insert(tx: &Tx, role: &Role) -> Result<Inserted, Fault> {
    tx.insert(&INSERT, sql::values(&row(role))).await
}

pub async fn find(db: &Db, tenant: &Tenant, id: RoleId) -> Result<Option<Role>, Fault> {
    let found = Entity::find_by_id(id.0).one(db).await?.map(role).transpose()?;
    Ok(found.filter(|role| role.tenant == *tenant))
}

pub async fn find_by_name(db: &Db, tenant: &Tenant, name: &str) -> Result<Option<Role>, Fault> {
    let of_tenant = sql::of_tenant(Column::OrganizationId, Column::Environment, tenant);
    Entity::find().filter(of_tenant.add(Column::Name.eq(name))).one(db).await?.map(role).transpose()
}

/// In the order in which they were made.
pub async fn list(db: &Db, tenant: &Tenant, slice: Slice) -> Result<Vec<Role>, Fault> {
    let of_tenant = Entity::find().filter(sql::of_tenant(Column::OrganizationId, Column::Environment, tenant));
    sql::part(of_tenant, Column::Id, slice).all(db).await?.into_iter().map(role).collect()
}

/// All that were assigned to a user.
pub async fn of_user(db: &Db, tenant: &Tenant, user: UserId) -> Result<Vec<Role>, Fault> {
    let values = [tenant.organization.0.into(), tenant.environment.as_str().into(), user.0.into()];
    db.all::<Model>(&OF_USER, values).await?.into_iter().map(role).collect()
}

/// Which roles these users have.
pub async fn of_users(
    db: &Db,
    tenant: &Tenant,
    users: impl Iterator<Item = UserId>,
) -> Result<BTreeMap<UserId, Vec<RoleId>>, Fault> {
    let (organization, environment) = (role_assignments::Column::OrganizationId, role_assignments::Column::Environment);
    let of_tenant = sql::of_tenant(organization, environment, tenant);
    let mut roles = BTreeMap::<UserId, Vec<RoleId>>::new();
    let found = role_assignments::Entity::find()
        .filter(of_tenant.add(role_assignments::Column::UserId.is_in(users.map(|user| user.0))))
        .order_by_asc(role_assignments::Column::RoleId)
        .all(db)
        .await?;
    for row in found {
        roles.entry(UserId(row.user_id)).or_default().push(RoleId(row.role_id));
    }
    Ok(roles)
}

/// What a user may do: by the built-in role, and by those assigned.
pub async fn rights(db: &Db, user: &User) -> Result<Scope, Fault> {
    let assigned = of_user(db, &user.tenant, user.id).await?;
    Ok(assigned.iter().fold(user.role.permissions(), |all, role| all.union(&role.permissions)))
}

/// `Exists`: another role of the tenant has this name. Nothing was changed then.
pub async fn update(tx: &Tx, role: &Role) -> Result<Inserted, Fault> {
    let sql = "UPDATE roles SET name = $1, permissions = $2, updated_at = $3 WHERE id = $4 AND organization_id = $5 AND environment = $6";
    if find_by_name(tx, &role.tenant, &role.name).await?.is_some_and(|other| other.id != role.id) {
        return Ok(Inserted::Exists);
    }
    let row = row(role);
    let values = [
        row.name.into(),
        row.permissions.into(),
        row.updated_at.into(),
        row.id.into(),
        row.organization_id.into(),
        row.environment.into(),
    ];
    tx.change(sql, values).await?;
    tx.raise_epoch();
    Ok(Inserted::Now)
}

/// From whoever has it, too. False: the tenant has no such role.
pub async fn delete(tx: &Tx, tenant: &Tenant, id: RoleId) -> Result<bool, Fault> {
    let sql = "DELETE FROM roles WHERE id = $1 AND organization_id = $2 AND environment = $3";
    let values = [id.0.into(), tenant.organization.0.into(), tenant.environment.as_str().into()];
    let deleted = tx.change(sql, values).await?;
    tx.raise_epoch();
    Ok(deleted > 0)
}

/// Both are of this tenant, or the database refuses it. Nothing happens where it is so already.
pub async fn assign(tx: &Tx, tenant: &Tenant, user: UserId, role: RoleId) -> Result<(), Fault> {
    let row = role_assignments::Model {
        organization_id: tenant.organization.0,
        environment: tenant.environment.to_string(),
        user_id: user.0,
        role_id: role.0,
    };
    tx.insert(&ASSIGN, sql::values(&row)).await?;
    tx.raise_epoch();
    Ok(())
}

/// False: the user did not have it.
pub async fn unassign(tx: &Tx, tenant: &Tenant, user: UserId, role: RoleId) -> Result<bool, Fault> {
    let sql = "DELETE FROM role_assignments WHERE user_id = $1 AND role_id = $2 AND organization_id = $3 AND environment = $4";
    let values = [user.0.into(), role.0.into(), tenant.organization.0.into(), tenant.environment.as_str().into()];
    let deleted = tx.change(sql, values).await?;
    tx.raise_epoch();
    Ok(deleted > 0)
}

fn row(role: &Role) -> Model {
    Model {
        id: role.id.0,
        organization_id: role.tenant.organization.0,
        environment: role.tenant.environment.to_string(),
        name: role.name.clone(),
        permissions: role.permissions.to_string(),
        created_at: seconds(role.created_at),
        updated_at: seconds(role.updated_at),
    }
}

fn role(row: Model) -> Result<Role, Fault> {
    Ok(Role {
        id: RoleId(row.id),
        tenant: tenant(row.organization_id, &row.environment)?,
        name: row.name,
        permissions: scope(&row.permissions)?,
        created_at: instant(row.created_at)?,
        updated_at: instant(row.updated_at)?,
    })
}
