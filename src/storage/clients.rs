//! Clients and their secrets.

use entity::{client_secrets, clients};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use time::OffsetDateTime;

use crate::model::{
    client::{Client, ClientSecret, KeptSecret, RegisteredClient},
    fault::Fault,
    id::{ClientId, ClientSecretId},
    tenant::Tenant,
};

use super::{Db, Inserted, Tx, columns, fault};

/// Exists: the id, or the resource server's identifier in this tenant, is taken.
pub async fn insert(tx: &Tx, client: &Client, secrets: &[ClientSecret]) -> Result<Inserted, Fault> {
    let row = clients::ActiveModel {
        id: Set(client.id.0.clone()),
        organization_id: Set(client.tenant.organization.0),
        environment: Set(client.tenant.environment.to_string()),
        resource_server: Set(client.metadata.resource_server.clone()),
        metadata: Set(columns::json(&client.metadata)?),
        created_at: Set(columns::seconds(client.created_at)),
        updated_at: Set(columns::seconds(client.updated_at)),
    };
    let inserted = clients::Entity::insert(row).on_conflict_do_nothing().exec_without_returning(&**tx).await;
    let inserted = super::inserted(inserted, "insert a client")?;
    if inserted == Inserted::Now {
        for secret in secrets {
            insert_row(tx, secret).await?;
        }
    }
    Ok(inserted)
}

fn of(tenant: &Tenant) -> Condition {
    Condition::all()
        .add(clients::Column::OrganizationId.eq(tenant.organization.0))
        .add(clients::Column::Environment.eq(tenant.environment.as_str()))
}

pub async fn find(db: &Db, id: &ClientId) -> Result<Option<RegisteredClient>, Fault> {
    let row = clients::Entity::find_by_id(id.as_str()).one(db).await.map_err(fault("find a client"))?;
    match row {
        None => Ok(None),
        Some(row) => Ok(Some(RegisteredClient { secrets: secrets(db, &row.id).await?, client: read(row)? })),
    }
}

async fn secrets(db: &Db, client: &str) -> Result<Vec<ClientSecret>, Fault> {
    let rows = client_secrets::Entity::find().filter(client_secrets::Column::ClientId.eq(client));
    let rows = rows.order_by_asc(client_secrets::Column::Id).all(db).await.map_err(fault("read a client's secrets"))?;
    rows.into_iter().map(read_secret).collect()
}

pub async fn list(db: &Db, tenant: &Tenant) -> Result<Vec<RegisteredClient>, Fault> {
    let rows =
        clients::Entity::find().filter(of(tenant)).order_by_asc(clients::Column::CreatedAt).order_by_asc(clients::Column::Id);
    let rows = rows.all(db).await.map_err(fault("list clients"))?;
    let mut list = Vec::with_capacity(rows.len());
    for row in rows {
        list.push(RegisteredClient { secrets: secrets(db, &row.id).await?, client: read(row)? });
    }
    Ok(list)
}

/// Takes the client away, with everything that hangs from it.
pub async fn delete(tx: &Tx, tenant: &Tenant, id: &ClientId) -> Result<bool, Fault> {
    let deleted =
        clients::Entity::delete_by_id(id.as_str()).filter(of(tenant)).exec(&**tx).await.map_err(fault("delete a client"))?;
    if deleted.rows_affected == 0 {
        return Ok(false);
    }
    super::purge::of_client(tx, id).await?;
    tx.raise_epoch().await?;
    Ok(true)
}

pub async fn insert_secret(tx: &Tx, secret: &ClientSecret) -> Result<(), Fault> {
    insert_row(tx, secret).await?;
    tx.raise_epoch().await
}

async fn insert_row(tx: &Tx, secret: &ClientSecret) -> Result<(), Fault> {
    let (digest, sealed) = match &secret.kept {
        KeptSecret::Digest(digest) => (Some(digest.0.to_vec()), None),
        KeptSecret::Sealed(sealed) => (None, Some(sealed.clone())),
    };
    let row = client_secrets::ActiveModel {
        id: Set(secret.id.0),
        client_id: Set(secret.client_id.0.clone()),
        digest: Set(digest),
        sealed: Set(sealed),
        created_at: Set(columns::seconds(secret.created_at)),
        expires_at: Set(secret.expires_at.map(columns::seconds)),
    };
    client_secrets::Entity::insert(row).exec_without_returning(&**tx).await.map_err(fault("insert a client's secret"))?;
    Ok(())
}

/// All secrets but one end at `at`, unless they end earlier.
pub async fn end_secrets(tx: &Tx, id: &ClientId, at: OffsetDateTime, except: ClientSecretId) -> Result<(), Fault> {
    use client_secrets::Column;
    let at = columns::seconds(at);
    let later = Condition::any().add(Column::ExpiresAt.is_null()).add(Column::ExpiresAt.gt(at));
    client_secrets::Entity::update_many()
        .col_expr(Column::ExpiresAt, at.into())
        .filter(Column::ClientId.eq(id.as_str()))
        .filter(Column::Id.ne(except.0))
        .filter(later)
        .exec(&**tx)
        .await
        .map_err(fault("end a client's secrets"))?;
    tx.raise_epoch().await
}

/// Is this the identifier of an API that is registered in the tenant?
pub async fn has_resource_server(db: &Db, tenant: &Tenant, identifier: &str) -> Result<bool, Fault> {
    let found = clients::Entity::find().filter(of(tenant)).filter(clients::Column::ResourceServer.eq(identifier)).count(db).await;
    Ok(found.map_err(fault("find a resource server"))? > 0)
}

fn read(row: clients::Model) -> Result<Client, Fault> {
    Ok(Client {
        id: ClientId(row.id),
        tenant: columns::tenant(row.organization_id, &row.environment)?,
        metadata: columns::from_json(&row.metadata)?,
        created_at: columns::instant(row.created_at)?,
        updated_at: columns::instant(row.updated_at)?,
    })
}

fn read_secret(row: client_secrets::Model) -> Result<ClientSecret, Fault> {
    let kept = match (row.digest, row.sealed) {
        (Some(digest), None) => KeptSecret::Digest(columns::digest(&digest)?),
        (None, Some(sealed)) => KeptSecret::Sealed(sealed),
        _ => return Err(Fault::new("a client's secret is neither a digest nor sealed")),
    };
    Ok(ClientSecret {
        id: ClientSecretId(row.id),
        client_id: ClientId(row.client_id),
        kept,
        created_at: columns::instant(row.created_at)?,
        expires_at: columns::maybe_instant(row.expires_at)?,
    })
}
