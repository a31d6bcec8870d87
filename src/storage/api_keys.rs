//! API keys with their secrets.

use std::sync::LazyLock;

use entity::{
    api_key_secrets as secrets,
    api_keys::{Column, Entity, Model},
};
use sea_orm::{EntityTrait, QueryFilter};
use time::OffsetDateTime;

use super::{Db, Inserted, Tx, columns::*, roles, sql, users};
use crate::model::{
    api_key::{ApiKey, ApiKeySecret, KnownApiKey},
    fault::Fault,
    id::{ApiKeyId, UserId},
    page::Slice,
    permission::Permission,
    tenant::Tenant,
    user::User,
};

static INSERT: LazyLock<String> = LazyLock::new(sql::insert::<Entity>);
static INSERT_SECRET: LazyLock<String> = LazyLock::new(sql::insert_if_absent::<secrets::Entity>);
static FIND_BY_LOOKUP: LazyLock<String> =
    LazyLock::new(|| sql::select::<Entity>("WHERE id = (SELECT key_id FROM api_key_secrets WHERE lookup = $1)"));
static SECRETS: LazyLock<String> =
    LazyLock::new(|| sql::select::<secrets::Entity>("WHERE key_id = $1 ORDER BY created_at DESC, lookup"));

/// `Exists`: another secret has this look-up id. Nothing was kept then.
pub async fn insert(tx: &Tx, key: &ApiKey, secret: &ApiKeySecret) -> Result<Inserted, Fault> {
    tx.change(&INSERT, sql::values(&row(key)?)).await?;
    let inserted = insert_secret(tx, secret).await?;
    if inserted == Inserted::Exists {
        tx.change("DELETE FROM api_keys WHERE id = $1", [key.id.0.into()]).await?;
    }
    Ok(inserted)
}

/// `Exists`: another secret has this look-up id.
pub async fn insert_secret(tx: &Tx, secret: &ApiKeySecret) -> Result<Inserted, Fault> {
    let row = secrets::Model {
        lookup: secret.lookup.clone(),
        key_id: secret.key_id.0,
        mac: secret.mac.clone(),
        created_at: seconds(secret.created_at),
        expires_at: seconds_or_none(secret.expires_at),
    };
    let inserted = tx.insert(&INSERT_SECRET, sql::values(&row)).await?;
    // Caches hold a key together with its secrets.
    tx.raise_epoch();
    Ok(inserted)
}

/// The key that a credential with this look-up id belongs to, its secrets, and what its owner may do.
pub async fn find_by_lookup(db: &Db, lookup: &str) -> Result<Option<KnownApiKey>, Fault> {
    let Some(row) = db.one::<Model>(&FIND_BY_LOOKUP, [lookup.into()]).await? else { return Ok(None) };
    let key = key(row)?;
    let owner_rights = match key.owner {
        None => Some(Permission::set(Permission::ALL)),
        Some(owner) => match users::find(db, &key.tenant, owner).await?.filter(User::is_active) {
            Some(owner) => Some(roles::rights(db, &owner).await?),
            None => None,
        },
    };
    let secrets = of_key(db, key.id).await?;
    Ok(Some(KnownApiKey { key, secrets, owner_rights }))
}

pub async fn find(db: &Db, tenant: &Tenant, id: ApiKeyId) -> Result<Option<ApiKey>, Fault> {
    let found = Entity::find_by_id(id.0).one(db).await?.map(key).transpose()?;
    Ok(found.filter(|key| key.tenant == *tenant))
}

/// The newest first; those whose time has ended too, until they are purged.
pub async fn of_key(db: &Db, id: ApiKeyId) -> Result<Vec<ApiKeySecret>, Fault> {
    db.all::<secrets::Model>(&SECRETS, [id.0.into()]).await?.into_iter().map(secret).collect()
}

/// In the order in which they were made, revoked ones included.
pub async fn list(db: &Db, tenant: &Tenant, slice: Slice) -> Result<Vec<ApiKey>, Fault> {
    let of_tenant = Entity::find().filter(sql::of_tenant(Column::OrganizationId, Column::Environment, tenant));
    sql::part(of_tenant, Column::Id, slice).all(db).await?.into_iter().map(key).collect()
}

/// Name, permissions, addresses and owner.
pub async fn update(tx: &Tx, key: &ApiKey) -> Result<(), Fault> {
    let sql = "UPDATE api_keys SET name = $1, permissions = $2, allowed_ips = $3, owner_id = $4, updated_at = $5 \
               WHERE id = $6 AND organization_id = $7 AND environment = $8";
    let row = row(key)?;
    let values = [
        row.name.into(),
        row.permissions.into(),
        row.allowed_ips.into(),
        row.owner_id.into(),
        row.updated_at.into(),
        row.id.into(),
        row.organization_id.into(),
        row.environment.into(),
    ];
    tx.change(sql, values).await?;
    tx.raise_epoch();
    Ok(())
}

/// True for the first only.
pub async fn revoke(tx: &Tx, tenant: &Tenant, id: ApiKeyId, now: OffsetDateTime) -> Result<bool, Fault> {
    let sql = "UPDATE api_keys SET revoked_at = $1, updated_at = $1 \
               WHERE id = $2 AND organization_id = $3 AND environment = $4 AND revoked_at IS NULL";
    let values = [seconds(now).into(), id.0.into(), tenant.organization.0.into(), tenant.environment.as_str().into()];
    let revoked = tx.change(sql, values).await?;
    tx.raise_epoch();
    Ok(revoked > 0)
}

pub async fn revoke_of_owner(tx: &Tx, tenant: &Tenant, owner: UserId, now: OffsetDateTime) -> Result<(), Fault> {
    let sql = "UPDATE api_keys SET revoked_at = $1, updated_at = $1 \
               WHERE owner_id = $2 AND organization_id = $3 AND environment = $4 AND revoked_at IS NULL";
    let values = [seconds(now).into(), owner.0.into(), tenant.organization.0.into(), tenant.environment.as_str().into()];
    tx.change(sql, values).await?;
    tx.raise_epoch();
    Ok(())
}

/// The secrets of a key that have no end yet get this one.
pub async fn end_secrets(tx: &Tx, id: ApiKeyId, at: OffsetDateTime) -> Result<(), Fault> {
    let sql = "UPDATE api_key_secrets SET expires_at = $1 WHERE key_id = $2 AND expires_at IS NULL";
    tx.change(sql, [seconds(at).into(), id.0.into()]).await?;
    tx.raise_epoch();
    Ok(())
}

fn row(key: &ApiKey) -> Result<Model, Fault> {
    Ok(Model {
        id: key.id.0,
        organization_id: key.tenant.organization.0,
        environment: key.tenant.environment.to_string(),
        kind: key.kind.to_string(),
        name: key.name.clone(),
        permissions: key.permissions.to_string(),
        allowed_ips: text(&key.allowed_ips)?,
        owner_id: key.owner.map(|owner| owner.0),
        created_at: seconds(key.created_at),
        updated_at: seconds(key.updated_at),
        expires_at: seconds(key.expires_at),
        revoked_at: seconds_or_none(key.revoked_at),
    })
}

fn key(row: Model) -> Result<ApiKey, Fault> {
    Ok(ApiKey {
        id: ApiKeyId(row.id),
        tenant: tenant(row.organization_id, &row.environment)?,
        kind: word(&row.kind)?,
        name: row.name,
        permissions: scope(&row.permissions)?,
        allowed_ips: document(&row.allowed_ips)?,
        owner: row.owner_id.map(UserId),
        created_at: instant(row.created_at)?,
        updated_at: instant(row.updated_at)?,
        expires_at: instant(row.expires_at)?,
        revoked_at: instant_or_none(row.revoked_at)?,
    })
}

fn secret(row: secrets::Model) -> Result<ApiKeySecret, Fault> {
    Ok(ApiKeySecret {
        lookup: row.lookup,
        key_id: ApiKeyId(row.key_id),
        mac: row.mac,
        created_at: instant(row.created_at)?,
        expires_at: instant_or_none(row.expires_at)?,
    })
}
