//! Organizations.

use std::sync::LazyLock;

use entity::organizations::{Column, Entity, Model};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::{Db, Inserted, Tx, columns::*, sql};
use crate::model::{
    fault::Fault,
    id::OrganizationId,
    organization::{Accent, Logo, Organization},
};

static INSERT: LazyLock<String> = LazyLock::new(sql::insert_if_absent::<Entity>);

/// `Exists`: its id or its slug is taken.
pub async fn insert(tx: &Tx, organization: &Organization) -> Result<Inserted, Fault> {
    tx.insert(&INSERT, sql::values(&row(organization))).await
}

fn row(organization: &Organization) -> Model {
    Model {
        id: organization.id.0,
        slug: organization.slug.clone(),
        name: organization.name.clone(),
        accent: organization.accent.as_ref().map(|accent| accent.as_str().to_owned()),
        logo_media_type: organization.logo.as_ref().map(|logo| logo.media_type.clone()),
        logo: organization.logo.as_ref().map(|logo| logo.bytes.clone()),
        created_at: seconds(organization.created_at),
        updated_at: seconds(organization.updated_at),
    }
}

pub async fn find(db: &Db, id: OrganizationId) -> Result<Option<Organization>, Fault> {
    Entity::find_by_id(id.0).one(db).await?.map(organization).transpose()
}

pub async fn find_by_slug(db: &Db, slug: &str) -> Result<Option<Organization>, Fault> {
    Entity::find().filter(Column::Slug.eq(slug)).one(db).await?.map(organization).transpose()
}

/// `Exists`: another one has this slug. Nothing was changed then.
pub async fn update(tx: &Tx, organization: &Organization) -> Result<Inserted, Fault> {
    if find_by_slug(tx, &organization.slug).await?.is_some_and(|other| other.id != organization.id) {
        return Ok(Inserted::Exists);
    }
    let sql = "UPDATE organizations SET slug = $1, name = $2, accent = $3, logo_media_type = $4, logo = $5, updated_at = $6 WHERE id = $7";
    let row = row(organization);
    let values = [
        row.slug.into(),
        row.name.into(),
        row.accent.into(),
        row.logo_media_type.into(),
        row.logo.into(),
        row.updated_at.into(),
        row.id.into(),
    ];
    tx.change(sql, values).await?;
    tx.raise_epoch();
    Ok(Inserted::Now)
}

/// All of them, by slug.
pub async fn list(db: &Db) -> Result<Vec<Organization>, Fault> {
    Entity::find().order_by_asc(Column::Slug).all(db).await?.into_iter().map(organization).collect()
}

fn organization(row: Model) -> Result<Organization, Fault> {
    let accent = row.accent.map(|accent| Accent::parse(&accent).map_err(Fault::new)).transpose()?;
    let logo = row.logo_media_type.zip(row.logo).map(|(media_type, bytes)| Logo { media_type, bytes });
    Ok(Organization {
        id: OrganizationId(row.id),
        slug: row.slug,
        name: row.name,
        accent,
        logo,
        created_at: instant(row.created_at)?,
        updated_at: instant(row.updated_at)?,
    })
}
