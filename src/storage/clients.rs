//! Clients with their secrets.

use std::{collections::BTreeMap, sync::LazyLock};

use entity::{
    client_secrets,
    clients::{Column, Entity, Model},
};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};
use time::OffsetDateTime;

use super::{Db, Inserted, Tx, columns::*, sql};
use crate::model::{
    client::{Client, ClientSecret, KeptSecret, RegisteredClient},
    fault::Fault,
    id::{ClientId, ClientSecretId},
    tenant::Tenant,
};

static INSERT: LazyLock<String> = LazyLock::new(sql::insert_if_absent::<Entity>);
static INSERT_SECRET: LazyLock<String> = LazyLock::new(sql::insert::<client_secrets::Entity>);

/// `Exists`: its id is taken, or another client of the tenant is the resource server of that identifier.
pub async fn insert(tx: &Tx, client: &Client, secrets: &[ClientSecret]) -> Result<Inserted, Fault> {
    let row = Model {
        id: client.id.0.clone(),
        organization_id: client.tenant.organization.0,
        environment: client.tenant.environment.to_string(),
        metadata: text(&client.metadata)?,
        resource_server: client.metadata.resource_server.clone(),
        created_at: seconds(client.created_at),
        updated_at: seconds(client.updated_at),
    };
    if tx.insert(&INSERT, sql::values(&row)).await? == Inserted::Exists {
        return Ok(Inserted::Exists);
    }
    for secret in secrets {
        insert_row(tx, &client.tenant, secret).await?;
    }
    Ok(Inserted::Now)
}

pub async fn find(db: &Db, id: &ClientId) -> Result<Option<RegisteredClient>, Fault> {
    let Some(row) = Entity::find_by_id(id.as_str()).one(db).await? else { return Ok(None) };
    let secrets = client_secrets::Entity::find()
        .filter(client_secrets::Column::ClientId.eq(id.as_str()))
        .order_by_asc(client_secrets::Column::Id)
        .all(db)
        .await?;
    let secrets = secrets.into_iter().map(secret).collect::<Result<_, _>>()?;
    Ok(Some(RegisteredClient { client: client(row)?, secrets }))
}

/// All of the tenant, the oldest first.
pub async fn list(db: &Db, tenant: &Tenant) -> Result<Vec<RegisteredClient>, Fault> {
    let (organization, environment) = (tenant.organization.0, tenant.environment.as_str());
    let of_tenant = Column::OrganizationId.eq(organization).and(Column::Environment.eq(environment));
    let rows = Entity::find().filter(of_tenant).order_by_asc(Column::CreatedAt).order_by_asc(Column::Id).all(db).await?;
    let of_tenant =
        client_secrets::Column::OrganizationId.eq(organization).and(client_secrets::Column::Environment.eq(environment));
    let secret_rows = client_secrets::Entity::find().filter(of_tenant).order_by_asc(client_secrets::Column::Id).all(db).await?;
    let mut secrets = BTreeMap::<ClientId, Vec<ClientSecret>>::new();
    for row in secret_rows {
        let secret = secret(row)?;
        secrets.entry(secret.client_id.clone()).or_default().push(secret);
    }
    let registered = |row| {
        let client = client(row)?;
        let secrets = secrets.remove(&client.id).unwrap_or_default();
        Ok(RegisteredClient { client, secrets })
    };
    rows.into_iter().map(registered).collect()
}

/// With all that hangs from it: secrets, consents, grants, codes and tokens. False: the tenant has no such client.
pub async fn delete(tx: &Tx, tenant: &Tenant, id: &ClientId) -> Result<bool, Fault> {
    let sql = "DELETE FROM clients WHERE id = $1 AND organization_id = $2 AND environment = $3";
    let (organization, environment) = (tenant.organization.0, tenant.environment.as_str());
    let deleted = tx.change(sql, [id.as_str().into(), organization.into(), environment.into()]).await?;
    tx.raise_epoch();
    Ok(deleted > 0)
}

/// One more secret of a client that is there.
pub async fn insert_secret(tx: &Tx, secret: &ClientSecret) -> Result<(), Fault> {
    let row = Entity::find_by_id(secret.client_id.as_str()).one(&**tx).await?;
    let row = row.ok_or_else(|| Fault::new("a secret was made for a client that does not exist"))?;
    insert_row(tx, &tenant(row.organization_id, &row.environment)?, secret).await?;
    // Not an absence that became a presence: caches hold a client together with its secrets.
    tx.raise_epoch();
    Ok(())
}

/// Every secret but one ends at that time; what ends earlier stays with it.
pub async fn end_secrets(tx: &Tx, id: &ClientId, at: OffsetDateTime, except: ClientSecretId) -> Result<(), Fault> {
    let sql = "UPDATE client_secrets SET expires_at = $1 \
               WHERE client_id = $2 AND id <> $3 AND (expires_at IS NULL OR expires_at > $1)";
    tx.change(sql, [seconds(at).into(), id.as_str().into(), except.0.into()]).await?;
    tx.raise_epoch();
    Ok(())
}

/// Is a client of the tenant the resource server of this identifier?
pub async fn has_resource_server(db: &Db, tenant: &Tenant, identifier: &str) -> Result<bool, Fault> {
    let is_it = Column::OrganizationId
        .eq(tenant.organization.0)
        .and(Column::Environment.eq(tenant.environment.as_str()))
        .and(Column::ResourceServer.eq(identifier));
    let found: Option<String> = Entity::find().select_only().column(Column::Id).filter(is_it).into_tuple().one(db).await?;
    Ok(found.is_some())
}

async fn insert_row(tx: &Tx, tenant: &Tenant, secret: &ClientSecret) -> Result<(), Fault> {
    let (digest, sealed) = match &secret.kept {
        KeptSecret::Digest(digest) => (Some(digest.0.to_vec()), None),
        KeptSecret::Sealed(sealed) => (None, Some(sealed.clone())),
    };
    let row = client_secrets::Model {
        id: secret.id.0,
        organization_id: tenant.organization.0,
        environment: tenant.environment.to_string(),
        client_id: secret.client_id.0.clone(),
        digest,
        sealed,
        created_at: seconds(secret.created_at),
        expires_at: seconds_or_none(secret.expires_at),
    };
    tx.change(&INSERT_SECRET, sql::values(&row)).await?;
    Ok(())
}

fn client(row: Model) -> Result<Client, Fault> {
    Ok(Client {
        id: ClientId(row.id),
        tenant: tenant(row.organization_id, &row.environment)?,
        metadata: document(&row.metadata)?,
        created_at: instant(row.created_at)?,
        updated_at: instant(row.updated_at)?,
    })
}

fn secret(row: client_secrets::Model) -> Result<ClientSecret, Fault> {
    let kept = match (row.digest, row.sealed) {
        (Some(bytes), None) => KeptSecret::Digest(digest(&bytes)?),
        (None, Some(sealed)) => KeptSecret::Sealed(sealed),
        (Some(_), Some(_)) | (None, None) => return Err(Fault::new("a client's secret is kept in no known form")),
    };
    Ok(ClientSecret {
        id: ClientSecretId(row.id),
        client_id: ClientId(row.client_id),
        kept,
        created_at: instant(row.created_at)?,
        expires_at: instant_or_none(row.expires_at)?,
    })
}
