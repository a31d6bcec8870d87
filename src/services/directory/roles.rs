//! Roles: made, listed, changed, deleted, and given to people.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{
    app::App,
    model::{
        actor::Actor,
        fault::Failure,
        id::{RoleId, UserId},
        instant,
        page::{Page, Slice},
        permission::Permission,
        role::{BuiltInRole, Role},
        scope::Scope,
        tenant::Tenant,
    },
    services::{
        directory::{self, given},
        refusal::Refusal,
    },
    storage::{self, Inserted, Tx},
};

use super::users::{self, find_below};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewRole {
    pub name: String,
    pub permissions: Vec<String>,
}

/// What is to be another; what is left out stays.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RoleChange {
    #[serde(default, deserialize_with = "given")]
    pub name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    pub permissions: Option<Vec<String>>,
}

/// A role as the outside sees it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleView {
    pub id: RoleId,
    pub name: String,
    pub permissions: Vec<String>,
    /// The same in every organization, and never another.
    #[serde(rename = "builtIn")]
    pub is_built_in: bool,
    pub created_at: Option<String>,
    pub updated_at: Option<String>,
}

pub fn view(role: &Role) -> RoleView {
    RoleView {
        id: role.id,
        name: role.name.clone(),
        permissions: names(&role.permissions),
        is_built_in: false,
        created_at: Some(instant::text(role.created_at)),
        updated_at: Some(instant::text(role.updated_at)),
    }
}

fn view_of_built_in(role: BuiltInRole) -> RoleView {
    RoleView {
        id: role.id(),
        name: role.to_string(),
        permissions: names(&role.permissions()),
        is_built_in: true,
        created_at: None,
        updated_at: None,
    }
}

fn names(permissions: &Scope) -> Vec<String> {
    permissions.iter().map(str::to_owned).collect()
}

pub async fn create(
    app: &App,
    actor: &Actor,
    tenant: &Tenant,
    new: NewRole,
    now: OffsetDateTime,
) -> Result<Role, Failure<Refusal>> {
    actor.require(Permission::RolesWrite, tenant)?;
    let role = Role {
        id: RoleId(app.randomness.uuid_v7(now)),
        tenant: *tenant,
        name: name(new.name)?,
        permissions: directory::permissions(&new.permissions)?,
        created_at: now,
        updated_at: now,
    };
    actor.require_all(&role.permissions)?;
    let record = &role;
    app.store
        .write("roles.create", |tx| async move {
            match storage::roles::insert(&tx, record).await? {
                Inserted::Now => Ok(()),
                Inserted::Exists => Err(name_is_taken()),
            }
        })
        .await?;
    Ok(role)
}

/// The built-in ones first, then those that were made, in that order.
pub async fn list(app: &App, actor: &Actor, tenant: &Tenant, slice: Slice) -> Result<Page<RoleView>, Failure<Refusal>> {
    actor.require(Permission::RolesRead, tenant)?;
    let is_after = |role: &BuiltInRole| slice.after.is_none_or(|after| role.id().0 > after);
    let built_in = BuiltInRole::ALL.iter().copied().filter(is_after).map(view_of_built_in);
    let made = storage::roles::list(&app.store.db(), tenant, slice.and_one()).await?;
    Ok(slice.page(built_in.chain(made.iter().map(view)).collect(), |role| role.id.0))
}

/// By id or name.
pub async fn read(app: &App, actor: &Actor, tenant: &Tenant, name: &str) -> Result<RoleView, Failure<Refusal>> {
    actor.require(Permission::RolesRead, tenant)?;
    let (db, id) = (app.store.db(), name.parse::<RoleId>().ok());
    if let Some(role) = name.parse().ok().or(id.and_then(BuiltInRole::of)) {
        return Ok(view_of_built_in(role));
    }
    let found = match id {
        Some(id) => storage::roles::find(&db, tenant, id).await?,
        None => storage::roles::find_by_name(&db, tenant, name).await?,
    };
    Ok(found.as_ref().map(view).ok_or(Refusal::NotFound("role"))?)
}

/// Neither what it allowed nor what it shall allow may go beyond the actor's rights.
pub async fn update(
    app: &App,
    actor: &Actor,
    tenant: &Tenant,
    id: RoleId,
    change: RoleChange,
    now: OffsetDateTime,
) -> Result<Role, Failure<Refusal>> {
    actor.require(Permission::RolesWrite, tenant)?;
    let new_name = change.name.map(name).transpose()?;
    let new_permissions = change.permissions.as_deref().map(directory::permissions).transpose()?;
    let (new_name, new_permissions) = (&new_name, &new_permissions);
    app.store
        .write("roles.update", |tx| async move {
            let before = find_within(&tx, actor, tenant, id).await?;
            let after = Role {
                name: new_name.clone().unwrap_or(before.name),
                permissions: new_permissions.clone().unwrap_or(before.permissions),
                updated_at: now,
                ..before
            };
            actor.require_all(&after.permissions)?;
            match storage::roles::update(&tx, &after).await? {
                Inserted::Now => Ok(after),
                Inserted::Exists => Err(name_is_taken()),
            }
        })
        .await
}

/// Whoever has it loses it.
pub async fn delete(app: &App, actor: &Actor, tenant: &Tenant, id: RoleId) -> Result<(), Failure<Refusal>> {
    actor.require(Permission::RolesWrite, tenant)?;
    app.store
        .write("roles.delete", |tx| async move {
            find_within(&tx, actor, tenant, id).await?;
            storage::roles::delete(&tx, tenant, id).await?;
            Ok(())
        })
        .await
}

/// One that was made comes beside what the user has; a built-in one takes the place of the one before.
pub async fn assign(
    app: &App,
    actor: &Actor,
    tenant: &Tenant,
    user: UserId,
    role: RoleId,
    now: OffsetDateTime,
) -> Result<(), Failure<Refusal>> {
    actor.require(Permission::RolesWrite, tenant)?;
    if let Some(role) = BuiltInRole::of(role) {
        actor.require_all(&role.permissions())?;
        return app.store.write("roles.assign", |tx| async move { users::give(&tx, actor, tenant, user, role, now).await }).await;
    }
    app.store
        .write("roles.assign", |tx| async move {
            let user = find_below(&tx, actor, tenant, user).await?;
            let role = find_within(&tx, actor, tenant, role).await?;
            Ok(storage::roles::assign(&tx, tenant, user.id, role.id).await?)
        })
        .await
}

pub async fn unassign(app: &App, actor: &Actor, tenant: &Tenant, user: UserId, role: RoleId) -> Result<(), Failure<Refusal>> {
    actor.require(Permission::RolesWrite, tenant)?;
    app.store
        .write("roles.unassign", |tx| async move {
            let user = find_below(&tx, actor, tenant, user).await?;
            match storage::roles::unassign(&tx, tenant, user.id, role).await? {
                true => Ok(()),
                false => Err(Refusal::NotFound("role of this user").into()),
            }
        })
        .await
}

/// A role that allows nothing beyond the actor's rights.
async fn find_within(tx: &Tx, actor: &Actor, tenant: &Tenant, id: RoleId) -> Result<Role, Failure<Refusal>> {
    if BuiltInRole::of(id).is_some() {
        return Err(Refusal::conflict("a built-in role is what it is").into());
    }
    let role = storage::roles::find(tx, tenant, id).await?.ok_or(Refusal::NotFound("role"))?;
    actor.require_all(&role.permissions)?;
    Ok(role)
}

fn name_is_taken() -> Failure<Refusal> {
    Refusal::conflict("a role of this name exists already").into()
}

fn name(text: String) -> Result<String, Refusal> {
    let text = directory::name(&text, 80)?;
    if text.parse::<BuiltInRole>().is_ok() || text.parse::<RoleId>().is_ok() {
        return Err(Refusal::field("name", "is the name of a built-in role, or looks like an identifier"));
    }
    Ok(text)
}
