//! Clients as an operator makes, lists, changes and deletes them.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};

use crate::{
    app::App,
    model::{
        client::{Client, ClientMetadata, ClientSecret, KeptSecret, RegisteredClient},
        fault::{Failure, Fault},
        id::{ClientId, ClientSecretId},
        names::AuthMethod,
        secret::{Digest, Secret},
        tenant::Tenant,
    },
    protocol::client::metadata,
    services::{client_authentication::SECRET_PURPOSE, refusal::Refusal},
    storage::{self, Inserted},
};

/// An imported secret is at least this long; ours have 256 random bits.
const SHORTEST_IMPORTED_SECRET: usize = 16;

/// Identifier and secret that a client brings along from elsewhere.
#[derive(Debug)]
pub struct Imported {
    pub id: ClientId,
    pub secret: Option<Secret>,
}

/// A client just made, with its secret: the one time that it is shown.
#[derive(Debug)]
pub struct Made {
    pub client: Client,
    pub secret: Option<Secret>,
}

pub async fn create(
    app: &App,
    tenant: &Tenant,
    document: Map<String, Value>,
    imported: Option<Imported>,
    now: OffsetDateTime,
) -> Result<Made, Failure<Refusal>> {
    let metadata = metadata::read(document).map_err(|error| Refusal::field(&error.member, &error.detail))?;
    let (id, brought) = match imported {
        Some(imported) => (imported.id, imported.secret),
        None => (ClientId::of(app.randomness.uuid_v7(now)), None),
    };
    let secret = secret_for(app, &metadata, brought)?;
    let kept = secret.as_ref().map(|secret| keep(app, &id, &metadata, secret, now)).transpose()?;
    let client = Client { id, tenant: *tenant, metadata, created_at: now, updated_at: now };
    let (record, secrets) = (&client, kept.as_slice());
    app.store
        .write("clients.create", |tx| async move {
            match storage::clients::insert(&tx, record, secrets).await? {
                Inserted::Now => Ok(()),
                Inserted::Exists => {
                    Err(Refusal::conflict("a client with this id, or an API with this identifier, exists already").into())
                }
            }
        })
        .await?;
    Ok(Made { client, secret })
}

/// Clients that prove themselves by a key, or not at all, have no secret.
fn secret_for(app: &App, metadata: &ClientMetadata, brought: Option<Secret>) -> Result<Option<Secret>, Refusal> {
    let needs_one = !matches!(metadata.token_endpoint_auth_method, Some(AuthMethod::None | AuthMethod::PrivateKeyJwt));
    match (needs_one, brought) {
        (false, None) => Ok(None),
        (false, Some(_)) => Err(Refusal::field("client_secret", "does not go with this `token_endpoint_auth_method`")),
        (true, Some(secret)) if secret.reveal().len() < SHORTEST_IMPORTED_SECRET => {
            Err(Refusal::field("client_secret", "must have at least 16 characters"))
        }
        (true, Some(secret)) => Ok(Some(secret)),
        (true, None) => Ok(Some(fresh_secret(app))),
    }
}

fn fresh_secret(app: &App) -> Secret {
    Secret::new(URL_SAFE_NO_PAD.encode(app.randomness.bytes::<32>()))
}

fn keep(
    app: &App,
    id: &ClientId,
    metadata: &ClientMetadata,
    secret: &Secret,
    now: OffsetDateTime,
) -> Result<ClientSecret, Fault> {
    let kept = match metadata.token_endpoint_auth_method {
        Some(AuthMethod::ClientSecretJwt) => KeptSecret::Sealed(app.sealing.seal(SECRET_PURPOSE, secret.reveal().as_bytes())?),
        _ => KeptSecret::Digest(Digest::of(secret.reveal())),
    };
    let secret_id = ClientSecretId(app.randomness.uuid_v7(now));
    Ok(ClientSecret { id: secret_id, client_id: id.clone(), kept, created_at: now, expires_at: None })
}

pub async fn list(app: &App, tenant: &Tenant) -> Result<Vec<RegisteredClient>, Fault> {
    storage::clients::list(&app.store.db(), tenant).await
}

/// For an operator, who may reach every tenant.
pub async fn tenant_of(app: &App, id: &ClientId) -> Result<Tenant, Failure<Refusal>> {
    let found = storage::clients::find(&app.store.db(), id).await?;
    found.map(|found| found.client.tenant).ok_or_else(|| Refusal::NotFound("client").into())
}

/// A new secret; the old one lives on for `overlap`. A third live one is refused.
pub async fn rotate_secret(
    app: &App,
    tenant: &Tenant,
    id: &ClientId,
    overlap: Duration,
    now: OffsetDateTime,
) -> Result<(Secret, Option<OffsetDateTime>), Failure<Refusal>> {
    let found = storage::clients::find(&app.store.db(), id).await?.filter(|found| found.client.tenant == *tenant);
    let registered = found.ok_or(Refusal::NotFound("client"))?;
    let secret = secret_for(app, &registered.client.metadata, None)?
        .ok_or_else(|| Refusal::conflict("this client authenticates without a secret"))?;
    let live = registered.secrets.iter().filter(|secret| secret.is_live(now)).count();
    if live > 1 && overlap > Duration::ZERO {
        return Err(Refusal::conflict("two secrets are alive already; end one with an overlap of 0s first").into());
    }
    let kept = keep(app, id, &registered.client.metadata, &secret, now)?;
    let (kept, end) = (&kept, now + overlap);
    app.store
        .write("clients.rotate_secret", |tx| async move {
            storage::clients::insert_secret(&tx, kept).await?;
            storage::clients::end_secrets(&tx, id, end, kept.id).await?;
            Ok::<_, Failure<Refusal>>(())
        })
        .await?;
    Ok((secret, (live > 0).then_some(end)))
}

pub async fn delete(app: &App, tenant: &Tenant, id: &ClientId) -> Result<(), Failure<Refusal>> {
    app.store
        .write("clients.delete", |tx| async move {
            match storage::clients::delete(&tx, tenant, id).await? {
                true => Ok(()),
                false => Err(Refusal::NotFound("client").into()),
            }
        })
        .await
}

/// What is registered, as a client information response says it. RFC 7591 §3.2.1.
pub fn describe(client: &Client) -> Map<String, Value> {
    metadata::to_json(&client.metadata)
}
