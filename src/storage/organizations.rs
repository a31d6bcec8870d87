//! Organizations.

use entity::organizations::{ActiveModel, Column, Entity, Model};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::model::{
    fault::Fault,
    id::OrganizationId,
    organization::{Accent, Logo, Organization},
};

use super::{Db, Inserted, Tx, columns, fault};

pub async fn insert(tx: &Tx, organization: &Organization) -> Result<Inserted, Fault> {
    let row = ActiveModel {
        id: Set(organization.id.0),
        slug: Set(organization.slug.clone()),
        name: Set(organization.name.clone()),
        accent: Set(organization.accent.as_ref().map(|accent| accent.as_str().to_owned())),
        logo_type: Set(organization.logo.as_ref().map(|logo| logo.media_type.clone())),
        logo: Set(organization.logo.as_ref().map(|logo| logo.bytes.clone())),
        created_at: Set(columns::seconds(organization.created_at)),
    };
    let inserted = Entity::insert(row).on_conflict_do_nothing().exec_without_returning(&**tx).await;
    super::inserted(inserted, "insert an organization")
}

pub async fn find(db: &Db, id: OrganizationId) -> Result<Option<Organization>, Fault> {
    let row = Entity::find_by_id(id.0).one(db).await.map_err(fault("find an organization"))?;
    row.map(read).transpose()
}

pub async fn find_by_slug(db: &Db, slug: &str) -> Result<Option<Organization>, Fault> {
    let row = Entity::find().filter(Column::Slug.eq(slug)).one(db).await.map_err(fault("find an organization"))?;
    row.map(read).transpose()
}

pub async fn list(db: &Db) -> Result<Vec<Organization>, Fault> {
    let rows = Entity::find().order_by_asc(Column::Id).all(db).await.map_err(fault("list organizations"))?;
    rows.into_iter().map(read).collect()
}

fn read(row: Model) -> Result<Organization, Fault> {
    let accent = row.accent.map(|accent| Accent::parse(&accent)).transpose();
    Ok(Organization {
        id: OrganizationId(row.id),
        slug: row.slug,
        name: row.name,
        accent: accent.map_err(|error| Fault::while_doing("read an organization", error))?,
        logo: row.logo_type.zip(row.logo).map(|(media_type, bytes)| Logo { media_type, bytes }),
        created_at: columns::instant(row.created_at)?,
    })
}
