//! Interactions: authorizations under way.

use std::sync::LazyLock;

use entity::interactions::{Entity, Model};
use time::OffsetDateTime;

use super::{Db, Tx, columns::*, sql};
use crate::model::{
    fault::Fault,
    id::InteractionId,
    interaction::{Interaction, Progress},
};

static INSERT: LazyLock<String> = LazyLock::new(sql::insert::<Entity>);
static FIND: LazyLock<String> = LazyLock::new(|| sql::select::<Entity>("WHERE id = $1"));
/// Changes nothing, so that nobody else does either until the commit.
static HOLD: LazyLock<String> =
    LazyLock::new(|| sql::update_returning::<Entity>("SET progress = progress WHERE id = $1 AND finished_at IS NULL"));

pub async fn insert(tx: &Tx, interaction: &Interaction) -> Result<(), Fault> {
    let row = Model {
        id: interaction.id.0,
        organization_id: interaction.tenant.organization.0,
        environment: interaction.tenant.environment.to_string(),
        client_id: interaction.request.client_id.0.clone(),
        browser: interaction.browser.0.to_vec(),
        request: text(&interaction.request)?,
        progress: text(&interaction.progress)?,
        created_at: seconds(interaction.created_at),
        expires_at: seconds(interaction.expires_at),
        finished_at: seconds_or_none(interaction.finished_at),
    };
    tx.change(&INSERT, sql::values(&row)).await?;
    Ok(())
}

pub async fn find(db: &Db, id: InteractionId) -> Result<Option<Interaction>, Fault> {
    db.one::<Model>(&FIND, [id.0.into()]).await?.map(interaction).transpose()
}

/// Changes what has been done in it since, only while it is unfinished; false otherwise.
pub async fn change_progress(tx: &Tx, id: InteractionId, change: impl FnOnce(&mut Progress)) -> Result<bool, Fault> {
    let Some(row) = tx.one::<Model>(&HOLD, [id.0.into()]).await? else { return Ok(false) };
    let mut progress = interaction(row)?.progress;
    change(&mut progress);
    tx.change("UPDATE interactions SET progress = $1 WHERE id = $2", [text(&progress)?.into(), id.0.into()]).await?;
    Ok(true)
}

/// True for the first only.
pub async fn finish(tx: &Tx, id: InteractionId, now: OffsetDateTime) -> Result<bool, Fault> {
    let sql = "UPDATE interactions SET finished_at = $1 WHERE id = $2 AND finished_at IS NULL";
    Ok(tx.change(sql, [seconds(now).into(), id.0.into()]).await? > 0)
}

fn interaction(row: Model) -> Result<Interaction, Fault> {
    Ok(Interaction {
        id: InteractionId(row.id),
        tenant: tenant(row.organization_id, &row.environment)?,
        browser: digest(&row.browser)?,
        request: document(&row.request)?,
        progress: document(&row.progress)?,
        created_at: instant(row.created_at)?,
        expires_at: instant(row.expires_at)?,
        finished_at: instant_or_none(row.finished_at)?,
    })
}
