//! Keys are made, listed, changed, rotated and revoked. Nobody makes or changes one that may do more than they may themselves.

use std::net::IpAddr;

use ipnet::IpNet;
use jiff::{Span, Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    app::App,
    model::{
        actor::{Actor, Who},
        api_key::{self, ApiKey, ApiKeySecret, ApiKeyType},
        fault::{Failure, Fault},
        id::{ApiKeyId, UserId},
        instant,
        page::{Page, Slice},
        permission::Permission,
        scope::Scope,
        secret::Secret,
        tenant::{Environment, Tenant},
    },
    services::{
        directory::{self, given},
        refusal::Refusal,
    },
    storage::{self, Db, Inserted, Tx},
};

use super::MAC_PURPOSE;

/// A key has an end, and this is the latest.
pub const LONGEST_LIFE: Duration = Duration::days(365);
const USUAL_OVERLAP: &str = "24h";
const LONGEST_NAME: usize = 120;
const MOST_ADDRESSES: usize = 100;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewApiKey {
    pub name: String,
    #[serde(default)]
    pub permissions: Vec<String>,
    #[serde(default, rename = "type")]
    pub kind: Option<ApiKeyType>,
    /// A span, like `365d`, `12h` or `1y6mo`.
    pub expires_in: Option<String>,
    /// RFC 3339.
    pub expires_at: Option<String>,
    #[serde(default)]
    pub allowed_ips: Vec<String>,
    /// None: whoever makes it, or whose key makes it.
    pub owner: Option<UserId>,
}

/// What is to be another; what is left out stays.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApiKeyChange {
    #[serde(default, deserialize_with = "given")]
    pub name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    pub permissions: Option<Vec<String>>,
    #[serde(default, deserialize_with = "given")]
    pub allowed_ips: Option<Vec<String>>,
    #[serde(default, deserialize_with = "given")]
    pub owner: Option<UserId>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rotation {
    /// So long the old secret stays good: a span, 24 hours unless another is named; `0s` ends it at once.
    pub overlap: Option<String>,
}

/// A key with a new credential: the one time that it is shown.
#[derive(Debug)]
pub struct Made {
    pub key: ApiKey,
    pub credential: Secret,
    /// When the secret before ends.
    pub previous_expires_at: Option<OffsetDateTime>,
}

/// A key as the outside sees it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyView {
    pub id: ApiKeyId,
    pub name: String,
    /// Only where it was just made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    pub permissions: Vec<String>,
    #[serde(rename = "type")]
    pub kind: ApiKeyType,
    pub environment: Environment,
    pub allowed_ips: Vec<String>,
    /// None: the organization.
    pub owner: Option<UserId>,
    #[serde(serialize_with = "instant::serialize")]
    pub created_at: OffsetDateTime,
    #[serde(serialize_with = "instant::serialize")]
    pub expires_at: OffsetDateTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_key_expires_at: Option<String>,
}

pub fn view(key: &ApiKey) -> ApiKeyView {
    ApiKeyView {
        id: key.id,
        name: key.name.clone(),
        key: None,
        permissions: key.permissions.iter().map(str::to_owned).collect(),
        kind: key.kind,
        environment: key.tenant.environment,
        allowed_ips: key.allowed_ips.iter().map(ToString::to_string).collect(),
        owner: key.owner,
        created_at: key.created_at,
        expires_at: key.expires_at,
        revoked_at: key.revoked_at.map(instant::text),
        previous_key_expires_at: None,
    }
}

/// With the credential in it.
pub fn view_made(made: &Made) -> ApiKeyView {
    ApiKeyView {
        key: Some(made.credential.reveal().to_owned()),
        previous_key_expires_at: made.previous_expires_at.map(instant::text),
        ..view(&made.key)
    }
}

pub async fn create(
    app: &App,
    actor: &Actor,
    tenant: &Tenant,
    new: NewApiKey,
    now: OffsetDateTime,
) -> Result<Made, Failure<Refusal>> {
    actor.require(Permission::ApiKeysWrite, tenant)?;
    let kind = new.kind.unwrap_or(ApiKeyType::Api);
    let key = ApiKey {
        id: ApiKeyId(app.randomness.uuid_v7(now)),
        tenant: *tenant,
        kind,
        name: directory::name(&new.name, LONGEST_NAME)?,
        permissions: permissions(kind, &new.permissions)?,
        allowed_ips: networks(&new.allowed_ips)?,
        owner: new.owner.or(own_owner(actor)),
        created_at: now,
        updated_at: now,
        expires_at: end(new.expires_in.as_deref(), new.expires_at.as_deref(), now)?,
        revoked_at: None,
    };
    actor.require_all(&key.permissions)?;
    let (credential, secret) = credential(app, &key, now)?;
    let (record, kept, named) = (&key, &secret, new.owner);
    app.store
        .write("api_keys.create", |tx| async move {
            if let Some(owner) = named {
                require_owner(&tx, actor, record, owner).await?;
            }
            made_once(storage::api_keys::insert(&tx, record, kept).await?)
        })
        .await?;
    Ok(Made { key, credential, previous_expires_at: None })
}

/// The owner of what is made: whoever makes it, or whose key does.
fn own_owner(actor: &Actor) -> Option<UserId> {
    match actor.holder().map(|holder| &holder.who) {
        Some(Who::User { id, .. }) => Some(*id),
        Some(Who::Key { owner, .. }) => *owner,
        None => None,
    }
}

/// Somebody of the tenant who may themselves do all that the key may, and nobody above whoever asks.
async fn require_owner(tx: &Tx, actor: &Actor, key: &ApiKey, owner: UserId) -> Result<(), Failure<Refusal>> {
    let owner = storage::users::find(tx, &key.tenant, owner).await?.filter(|owner| owner.is_active());
    let owner = owner.ok_or_else(|| Refusal::field("owner", "is no active user of this organization"))?;
    let rights = storage::roles::rights(tx, &owner).await?;
    actor.require_all(&rights)?;
    if !key.permissions.is_subset_of(&rights) {
        return Err(Refusal::Forbidden("The owner does not have all permissions of the key.".to_owned()).into());
    }
    Ok(())
}

pub async fn list(app: &App, actor: &Actor, tenant: &Tenant, slice: Slice) -> Result<Page<ApiKey>, Failure<Refusal>> {
    actor.require(Permission::ApiKeysRead, tenant)?;
    let found = storage::api_keys::list(&app.store.db(), tenant, slice.and_one()).await?;
    Ok(slice.page(found, |key| key.id.0))
}

/// Revoked ones too.
pub async fn read(app: &App, actor: &Actor, tenant: &Tenant, id: ApiKeyId) -> Result<ApiKey, Failure<Refusal>> {
    actor.require(Permission::ApiKeysRead, tenant)?;
    Ok(storage::api_keys::find(&app.store.db(), tenant, id).await?.ok_or(Refusal::NotFound("API key"))?)
}

pub async fn update(
    app: &App,
    actor: &Actor,
    tenant: &Tenant,
    id: ApiKeyId,
    change: ApiKeyChange,
    now: OffsetDateTime,
) -> Result<ApiKey, Failure<Refusal>> {
    actor.require(Permission::ApiKeysWrite, tenant)?;
    let new_name = change.name.map(|name| directory::name(&name, LONGEST_NAME)).transpose()?;
    let new_networks = change.allowed_ips.as_deref().map(networks).transpose()?;
    let (new_name, new_networks, asked, owner) = (&new_name, &new_networks, &change.permissions, change.owner);
    app.store
        .write("api_keys.update", |tx| async move {
            let before = find_below(&tx, actor, tenant, id, now).await?;
            let asked = asked.as_deref().map(|asked| permissions(before.kind, asked)).transpose()?;
            let after = ApiKey {
                name: new_name.clone().unwrap_or(before.name),
                permissions: asked.unwrap_or(before.permissions),
                allowed_ips: new_networks.clone().unwrap_or(before.allowed_ips),
                owner: owner.or(before.owner),
                updated_at: now,
                ..before
            };
            actor.require_all(&after.permissions)?;
            if let Some(owner) = owner {
                require_owner(&tx, actor, &after, owner).await?;
            }
            storage::api_keys::update(&tx, &after).await?;
            Ok(after)
        })
        .await
}

/// A second secret for the same key. The one before stays good while the overlap lasts; there are never three.
pub async fn rotate(
    app: &App,
    actor: &Actor,
    tenant: &Tenant,
    id: ApiKeyId,
    rotation: Rotation,
    now: OffsetDateTime,
) -> Result<Made, Failure<Refusal>> {
    actor.require(Permission::ApiKeysWrite, tenant)?;
    let overlap_end = after(rotation.overlap.as_deref().unwrap_or(USUAL_OVERLAP), now, "overlap")?;
    if overlap_end < now {
        return Err(Refusal::field("overlap", "must not be negative").into());
    }
    let key = find_below(&app.store.db(), actor, tenant, id, now).await?;
    let (credential, secret) = credential(app, &key, now)?;
    let kept = &secret;
    let key = app
        .store
        .write("api_keys.rotate", |tx| async move {
            let key = find_below(&tx, actor, tenant, id, now).await?;
            let live = storage::api_keys::of_key(&tx, id).await?.into_iter().filter(|secret| secret.is_live(now)).count();
            if live > 1 {
                return Err(Refusal::conflict("two secrets of this key are good already").into());
            }
            storage::api_keys::end_secrets(&tx, id, overlap_end.min(key.expires_at)).await?;
            made_once(storage::api_keys::insert_secret(&tx, kept).await?)?;
            Ok(key)
        })
        .await?;
    let previous_expires_at = Some(overlap_end.min(key.expires_at));
    Ok(Made { key, credential, previous_expires_at })
}

/// At once, on every node, through every door. A key may always end itself.
pub async fn revoke(
    app: &App,
    actor: &Actor,
    tenant: &Tenant,
    id: ApiKeyId,
    now: OffsetDateTime,
) -> Result<(), Failure<Refusal>> {
    let is_itself = matches!(actor.holder().map(|holder| &holder.who), Some(Who::Key { id: own, .. }) if *own == id);
    if !is_itself {
        actor.require(Permission::ApiKeysWrite, tenant)?;
    }
    app.store
        .write("api_keys.revoke", |tx| async move {
            storage::api_keys::find(&tx, tenant, id).await?.ok_or(Refusal::NotFound("API key"))?;
            storage::api_keys::revoke(&tx, tenant, id, now).await?;
            Ok(())
        })
        .await
}

/// A live key that may do nothing that the actor may not.
async fn find_below(
    db: &Db,
    actor: &Actor,
    tenant: &Tenant,
    id: ApiKeyId,
    now: OffsetDateTime,
) -> Result<ApiKey, Failure<Refusal>> {
    let key = storage::api_keys::find(db, tenant, id).await?.ok_or(Refusal::NotFound("API key"))?;
    actor.require_all(&key.permissions)?;
    if key.is_live(now) { Ok(key) } else { Err(Refusal::conflict("the key is revoked or has expired").into()) }
}

/// The credential, and what is kept of it.
fn credential(app: &App, key: &ApiKey, now: OffsetDateTime) -> Result<(Secret, ApiKeySecret), Fault> {
    let composed = loop {
        if let Some(composed) = api_key::compose(key.kind, key.tenant.environment, &app.randomness.bytes::<96>()) {
            break composed;
        }
    };
    let mac = app.sealing.mac(MAC_PURPOSE, composed.secret.reveal().as_bytes())?;
    let secret = ApiKeySecret { lookup: composed.lookup, key_id: key.id, mac, created_at: now, expires_at: None };
    Ok((composed.secret, secret))
}

/// Look-up ids have 71 random bits.
fn made_once(inserted: Inserted) -> Result<(), Failure<Refusal>> {
    match inserted {
        Inserted::Now => Ok(()),
        Inserted::Exists => Err(Fault::unavailable("a look-up id was drawn twice").into()),
    }
}

fn permissions(kind: ApiKeyType, names: &[String]) -> Result<Scope, Refusal> {
    match (kind, names) {
        (ApiKeyType::Scim, []) => Ok(Scope::default()),
        (ApiKeyType::Scim, _) => Err(Refusal::field("permissions", "a SCIM key has none")),
        (ApiKeyType::Api, []) => Err(Refusal::field("permissions", "must name at least one")),
        (ApiKeyType::Api, names) => directory::permissions(names),
    }
}

fn networks(texts: &[String]) -> Result<Vec<IpNet>, Refusal> {
    if texts.len() > MOST_ADDRESSES {
        return Err(Refusal::field("allowedIps", "must be at most 100"));
    }
    let read = |(at, text): (usize, &String)| {
        let network = text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
        let unfit = || Refusal::field(&format!("allowedIps[{at}]"), "must be an address or a network like 192.0.2.0/24");
        let network = network.ok_or_else(unfit)?;
        if network.trunc() == network {
            Ok(network)
        } else {
            Err(Refusal::field(&format!("allowedIps[{at}]"), "has bits outside of its network"))
        }
    };
    texts.iter().enumerate().map(read).collect()
}

/// When a key ends: by span or instant, or as late as may be.
fn end(expires_in: Option<&str>, expires_at: Option<&str>, now: OffsetDateTime) -> Result<OffsetDateTime, Refusal> {
    let (field, end) = match (expires_in, expires_at) {
        (Some(_), Some(_)) => return Err(Refusal::field("expiresIn", "cannot stand beside `expiresAt`")),
        (Some(span), None) => ("expiresIn", after(span, now, "expiresIn")?),
        (None, Some(text)) => {
            let end = OffsetDateTime::parse(text, &Rfc3339);
            ("expiresAt", end.map_err(|_| Refusal::field("expiresAt", "must be an instant of RFC 3339"))?)
        }
        (None, None) => return Ok(now + LONGEST_LIFE),
    };
    if end <= now {
        return Err(Refusal::field(field, "must lie ahead"));
    }
    if end > now + LONGEST_LIFE {
        return Err(Refusal::field(field, "is later than a key may live: 365 days"));
    }
    Ok(end)
}

/// This long after an instant: exact for hours and days, by the calendar for months and years.
fn after(span: &str, now: OffsetDateTime, field: &str) -> Result<OffsetDateTime, Refusal> {
    let unfit = || Refusal::field(field, "must be a span like 365d, 12h or 1y6mo");
    let span: Span = span.parse().map_err(|_| unfit())?;
    let begin = Timestamp::from_second(now.unix_timestamp()).map_err(|_| unfit())?;
    let end = begin.to_zoned_datetime(TimeZone::UTC).checked_add(span).map_err(|_| unfit())?;
    OffsetDateTime::from_unix_timestamp(end.timestamp().as_second()).map_err(|_| unfit())
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2027-01-31 12:00 UTC);

    fn told<T>(result: Result<T, Refusal>) -> Result<T, String> {
        result.map_err(|refusal| match refusal {
            Refusal::Invalid(fields) => fields[0].field.clone(),
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn a_key_ends_after_a_span_or_at_an_instant_and_not_too_late() {
        for (span, expected) in [
            ("365d", Ok(NOW + Duration::days(365))),
            ("12h", Ok(NOW + Duration::hours(12))),
            ("1mo", Ok(datetime!(2027-02-28 12:00 UTC))),
            ("6mo", Ok(datetime!(2027-07-31 12:00 UTC))),
            ("1y", Ok(datetime!(2028-01-31 12:00 UTC))),
            ("1y6mo", Err("expiresIn".to_owned())),
            ("366d", Err("expiresIn".to_owned())),
            ("0s", Err("expiresIn".to_owned())),
            ("-1d", Err("expiresIn".to_owned())),
            ("soon", Err("expiresIn".to_owned())),
            ("", Err("expiresIn".to_owned())),
            ("9999999999y", Err("expiresIn".to_owned())),
        ] {
            assert_eq!(told(end(Some(span), None, NOW)), expected, "{span}");
        }
        assert_eq!(told(end(None, None, NOW)), Ok(NOW + LONGEST_LIFE));
        assert_eq!(told(end(None, Some("2027-02-01T00:00:00+01:00"), NOW)), Ok(datetime!(2027-01-31 23:00 UTC)));
        for text in ["2027-01-31T12:00:00Z", "2020-01-01T00:00:00Z", "2029-01-01T00:00:00Z", "tomorrow"] {
            assert_eq!(told(end(None, Some(text), NOW)), Err("expiresAt".to_owned()), "{text}");
        }
        assert_eq!(told(end(Some("1d"), Some("2027-02-01T00:00:00Z"), NOW)), Err("expiresIn".to_owned()));
    }

    #[test]
    fn addresses_and_networks_are_read() {
        let read = |texts: &[&str]| told(networks(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()));
        assert_eq!(read(&["192.0.2.1", "2001:db8::/32"]).unwrap().len(), 2);
        for text in ["192.0.2.1/33", "192.0.2.1/24", "fe80::1%eth0", "::/129", "example.com", "", "192.0.2", "0300.0.0.1"] {
            assert_eq!(read(&["127.0.0.1", text]), Err("allowedIps[1]".to_owned()), "{text}");
        }
    }
}
