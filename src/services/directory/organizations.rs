//! Organizations: made, listed, found, changed.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{
    app::App,
    model::{
        actor::Actor,
        fault::{Failure, Fault},
        id::OrganizationId,
        instant,
        organization::{self, Accent, Logo, Organization},
        permission::Permission,
    },
    services::{directory::given, refusal::Refusal},
    storage::{self, Inserted},
};

#[derive(Debug)]
pub struct NewOrganization {
    pub name: String,
    /// None: made from the name.
    pub slug: Option<String>,
    pub accent: Option<String>,
    /// The bytes of a picture.
    pub logo: Option<Vec<u8>>,
}

/// What is to be another: every member that is left out stays, and `null` takes away what may be absent.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganizationChange {
    #[serde(default, deserialize_with = "given")]
    pub name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    pub slug: Option<String>,
    #[serde(default, deserialize_with = "given")]
    pub accent: Option<Option<String>>,
    /// The bytes of a picture, in base64.
    #[serde(default, deserialize_with = "given")]
    pub logo: Option<Option<String>>,
}

/// An organization as the outside sees it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationView {
    pub id: OrganizationId,
    pub slug: String,
    pub name: String,
    pub accent: Option<Accent>,
    /// The kind of its picture.
    pub logo_type: Option<String>,
    #[serde(serialize_with = "instant::serialize")]
    pub created_at: OffsetDateTime,
    #[serde(serialize_with = "instant::serialize")]
    pub updated_at: OffsetDateTime,
}

pub fn view(organization: &Organization) -> OrganizationView {
    OrganizationView {
        id: organization.id,
        slug: organization.slug.clone(),
        name: organization.name.clone(),
        accent: organization.accent.clone(),
        logo_type: organization.logo.as_ref().map(|logo| logo.media_type.clone()),
        created_at: organization.created_at,
        updated_at: organization.updated_at,
    }
}

/// Only where the database is: there is no organization yet that anybody could have rights in.
pub async fn create(app: &App, new: NewOrganization, now: OffsetDateTime) -> Result<Organization, Failure<Refusal>> {
    let slug = new.slug.unwrap_or_else(|| organization::slug_of(&new.name));
    let organization = Organization {
        id: OrganizationId(app.randomness.uuid_v7(now)),
        slug: slug_of(slug)?,
        name: name(new.name)?,
        accent: new.accent.map(accent).transpose()?,
        logo: new.logo.map(logo).transpose()?,
        created_at: now,
        updated_at: now,
    };
    let record = &organization;
    app.store
        .write("organizations.create", |tx| async move {
            match storage::organizations::insert(&tx, record).await? {
                Inserted::Now => Ok(()),
                Inserted::Exists => Err(slug_is_taken()),
            }
        })
        .await?;
    Ok(organization)
}

pub async fn read(app: &App, actor: &Actor, id: OrganizationId) -> Result<Arc<Organization>, Failure<Refusal>> {
    actor.require_in(Permission::OrganizationsRead, id)?;
    Ok(of(app, id).await?.ok_or(Refusal::NotFound("organization"))?)
}

pub async fn update(
    app: &App,
    actor: &Actor,
    id: OrganizationId,
    change: OrganizationChange,
    now: OffsetDateTime,
) -> Result<Organization, Failure<Refusal>> {
    actor.require_in(Permission::OrganizationsWrite, id)?;
    actor.require_live()?;
    let (new_name, new_slug) = (change.name.map(name).transpose()?, change.slug.map(slug_of).transpose()?);
    let new_accent = change.accent.map(|text| text.map(accent).transpose()).transpose()?;
    let new_logo = change.logo.map(|text| text.map(picture).transpose()).transpose()?;
    let changed = app.store.write("organizations.update", |tx| {
        let (name, slug, accent, logo) = (new_name.clone(), new_slug.clone(), new_accent.clone(), new_logo.clone());
        async move {
            let before = storage::organizations::find(&tx, id).await?.ok_or(Refusal::NotFound("organization"))?;
            let after = Organization {
                name: name.unwrap_or(before.name),
                slug: slug.unwrap_or(before.slug),
                accent: accent.unwrap_or(before.accent),
                logo: logo.unwrap_or(before.logo),
                updated_at: now,
                ..before
            };
            match storage::organizations::update(&tx, &after).await? {
                Inserted::Now => Ok(after),
                Inserted::Exists => Err(slug_is_taken()),
            }
        }
    });
    changed.await
}

fn slug_is_taken() -> Failure<Refusal> {
    Refusal::conflict("an organization with this slug exists already").into()
}

fn name(text: String) -> Result<String, Refusal> {
    if text.trim().is_empty() || text.chars().count() > 120 || text.chars().any(char::is_control) {
        return Err(Refusal::field("name", "must be 1 to 120 characters, none of them a control character"));
    }
    Ok(text.trim().to_owned())
}

fn slug_of(text: String) -> Result<String, Refusal> {
    organization::check_slug(&text).map_err(|reason| Refusal::field("slug", reason))?;
    Ok(text)
}

fn accent(text: String) -> Result<Accent, Refusal> {
    Accent::parse(&text).map_err(|reason| Refusal::field("accent", reason))
}

fn picture(text: String) -> Result<Logo, Refusal> {
    logo(STANDARD.decode(text).map_err(|_| Refusal::field("logo", "must be a picture in base64"))?)
}

/// A picture of a kind that browsers show, told by its first bytes.
fn logo(bytes: Vec<u8>) -> Result<Logo, Refusal> {
    const LARGEST: usize = 256 * 1024;
    let media_type = match bytes.as_slice() {
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
        _ => return Err(Refusal::field("logo", "must be a PNG, JPEG or WebP picture")),
    };
    if bytes.len() > LARGEST {
        return Err(Refusal::field("logo", "must be at most 256 KiB"));
    }
    Ok(Logo { media_type: media_type.to_owned(), bytes })
}

pub async fn list(app: &App) -> Result<Vec<Organization>, Fault> {
    storage::organizations::list(&app.store.db()).await
}

/// By slug or id.
pub async fn find(app: &App, name: &str) -> Result<Organization, Failure<Refusal>> {
    let db = app.store.db();
    let found = match name.parse::<OrganizationId>() {
        Ok(id) => storage::organizations::find(&db, id).await?,
        Err(_) => storage::organizations::find_by_slug(&db, name).await?,
    };
    found.ok_or_else(|| Refusal::NotFound("organization").into())
}

pub async fn of(app: &App, id: OrganizationId) -> Result<Option<Arc<Organization>>, Fault> {
    app.store.organization(id).await
}
