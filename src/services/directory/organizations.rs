//! Organizations: made, listed, found.

use std::sync::Arc;

use time::OffsetDateTime;

use crate::{
    app::App,
    model::{
        fault::{Failure, Fault},
        id::OrganizationId,
        organization::{self, Accent, Logo, Organization},
    },
    services::refusal::Refusal,
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

pub async fn create(app: &App, new: NewOrganization, now: OffsetDateTime) -> Result<Organization, Failure<Refusal>> {
    if new.name.trim().is_empty() || new.name.chars().count() > 120 || new.name.chars().any(char::is_control) {
        return Err(Refusal::field("name", "must be 1 to 120 characters, none of them a control character").into());
    }
    let slug = new.slug.unwrap_or_else(|| organization::slug_of(&new.name));
    organization::check_slug(&slug).map_err(|reason| Refusal::field("slug", reason))?;
    let accent = new.accent.map(|accent| Accent::parse(&accent)).transpose();
    let organization = Organization {
        id: OrganizationId(app.randomness.uuid_v7(now)),
        slug,
        name: new.name.trim().to_owned(),
        accent: accent.map_err(|reason| Refusal::field("accent", reason))?,
        logo: new.logo.map(logo).transpose()?,
        created_at: now,
    };
    let record = &organization;
    app.store
        .write("organizations.create", |tx| async move {
            match storage::organizations::insert(&tx, record).await? {
                Inserted::Now => Ok(()),
                Inserted::Exists => Err(Refusal::conflict("an organization with this slug exists already").into()),
            }
        })
        .await?;
    Ok(organization)
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
