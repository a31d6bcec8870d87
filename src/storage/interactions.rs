//! Interactions.

use entity::interactions::{ActiveModel, Column, Entity, Model};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use time::OffsetDateTime;

use crate::model::{
    fault::Fault,
    id::InteractionId,
    interaction::{Interaction, Progress},
};

use super::{Db, Tx, columns, fault};

pub async fn insert(tx: &Tx, interaction: &Interaction) -> Result<(), Fault> {
    let row = ActiveModel {
        id: Set(interaction.id.0),
        organization_id: Set(interaction.tenant.organization.0),
        environment: Set(interaction.tenant.environment.to_string()),
        browser: Set(interaction.browser.0.to_vec()),
        request: Set(columns::json(&interaction.request)?),
        progress: Set(columns::json(&interaction.progress)?),
        created_at: Set(columns::seconds(interaction.created_at)),
        expires_at: Set(columns::seconds(interaction.expires_at)),
        finished_at: Set(interaction.finished_at.map(columns::seconds)),
    };
    Entity::insert(row).exec_without_returning(&**tx).await.map_err(fault("insert an interaction"))?;
    Ok(())
}

pub async fn find(db: &Db, id: InteractionId) -> Result<Option<Interaction>, Fault> {
    let row = Entity::find_by_id(id.0).one(db).await.map_err(fault("find an interaction"))?;
    row.map(read).transpose()
}

/// Only while it is unfinished.
pub async fn set_progress(tx: &Tx, id: InteractionId, progress: &Progress) -> Result<bool, Fault> {
    let done = Entity::update_many()
        .col_expr(Column::Progress, columns::json(progress)?.into())
        .filter(Column::Id.eq(id.0))
        .filter(Column::FinishedAt.is_null())
        .exec(&**tx)
        .await
        .map_err(fault("update an interaction"))?;
    Ok(done.rows_affected > 0)
}

/// True for the first only.
pub async fn finish(tx: &Tx, id: InteractionId, now: OffsetDateTime) -> Result<bool, Fault> {
    let done = Entity::update_many()
        .col_expr(Column::FinishedAt, columns::seconds(now).into())
        .filter(Column::Id.eq(id.0))
        .filter(Column::FinishedAt.is_null())
        .exec(&**tx)
        .await
        .map_err(fault("finish an interaction"))?;
    Ok(done.rows_affected > 0)
}

fn read(row: Model) -> Result<Interaction, Fault> {
    Ok(Interaction {
        id: InteractionId(row.id),
        tenant: columns::tenant(row.organization_id, &row.environment)?,
        browser: columns::digest(&row.browser)?,
        request: columns::from_json(&row.request)?,
        progress: columns::from_json(&row.progress)?,
        created_at: columns::instant(row.created_at)?,
        expires_at: columns::instant(row.expires_at)?,
        finished_at: columns::maybe_instant(row.finished_at)?,
    })
}
