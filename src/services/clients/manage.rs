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

/// Two secrets are an exception; nobody means this one to last for ever.
const LONGEST_OVERLAP: Duration = Duration::days(365);

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

/// A client with its new secret: the one time that it is shown.
#[derive(Debug)]
pub struct Rotated {
    pub client: Client,
    pub secret: Secret,
    /// When the last of those before it ends.
    pub previous_end: Option<OffsetDateTime>,
}

/// A new secret; the old one lives on for `overlap`, or as long as it would have. A third live one is refused.
pub async fn rotate_secret(
    app: &App,
    tenant: &Tenant,
    id: &ClientId,
    overlap: Duration,
    now: OffsetDateTime,
) -> Result<Rotated, Failure<Refusal>> {
    if overlap.is_negative() || overlap > LONGEST_OVERLAP {
        return Err(Refusal::field("overlap", "must be between 0s and 365d").into());
    }
    let registered = of_tenant(storage::clients::find(&app.store.db(), id).await?, tenant)?;
    let secret = secret_for(app, &registered.client.metadata, None)?
        .ok_or_else(|| Refusal::conflict("this client authenticates without a secret"))?;
    let kept = keep(app, id, &registered.client.metadata, &secret, now)?;
    let (kept, end) = (&kept, now + overlap);
    let previous_end = app.store.write("clients.rotate_secret", |tx| async move {
        let live = live_secrets(&of_tenant(storage::clients::find(&tx, id).await?, tenant)?, now);
        if live.len() > 1 && overlap > Duration::ZERO {
            return Err(Refusal::conflict("two secrets are alive already; end one with an overlap of 0s first").into());
        }
        storage::clients::insert_secret(&tx, kept).await?;
        storage::clients::end_secrets(&tx, id, end, kept.id).await?;
        // On PostgreSQL another rotation may have come in between; what it made was seen by neither look before.
        let after = of_tenant(storage::clients::find(&tx, id).await?, tenant)?;
        if live_secrets(&after, now).len() > 2 {
            return Err(Fault::new("another rotation of this client's secret came in between: try again").into());
        }
        Ok(live.iter().map(|end_of_one| end_of_one.map_or(end, |own| own.min(end))).max())
    });
    Ok(Rotated { client: registered.client, secret, previous_end: previous_end.await? })
}

/// The ends of those that are alive.
fn live_secrets(registered: &RegisteredClient, now: OffsetDateTime) -> Vec<Option<OffsetDateTime>> {
    registered.secrets.iter().filter(|secret| secret.is_live(now)).map(|secret| secret.expires_at).collect()
}

fn of_tenant(found: Option<RegisteredClient>, tenant: &Tenant) -> Result<RegisteredClient, Refusal> {
    found.filter(|found| found.client.tenant == *tenant).ok_or(Refusal::NotFound("client"))
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
