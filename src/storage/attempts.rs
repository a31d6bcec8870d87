//! Attempts, counted by key in windows that begin with the first one: so many places, and then none until the window ends.

use sea_orm::TryGetable;
use time::{Duration, OffsetDateTime};

use super::{Tx, columns::*};
use crate::model::fault::Fault;

/// Whether there was a place left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Place {
    Taken,
    Full { retry_at: OffsetDateTime },
}

/// Takes a place before the attempt is made, so that attempts made at once are counted too.
pub async fn take(tx: &Tx, key: &str, limit: u32, window: Duration, now: OffsetDateTime) -> Result<Place, Fault> {
    if limit == 0 {
        return Ok(Place::Full { retry_at: now + window });
    }
    let sql = "INSERT INTO attempts (key, taken, ends_at) VALUES ($1, 1, $2) ON CONFLICT (key) DO UPDATE SET \
               taken = CASE WHEN attempts.ends_at <= $3 THEN 1 ELSE attempts.taken + 1 END, \
               ends_at = CASE WHEN attempts.ends_at <= $3 THEN excluded.ends_at ELSE attempts.ends_at END \
               WHERE attempts.ends_at <= $3 OR attempts.taken < $4";
    let values = [key.into(), seconds(now + window).into(), seconds(now).into(), i64::from(limit).into()];
    if tx.change(sql, values).await? > 0 {
        return Ok(Place::Taken);
    }
    let row = tx.row("SELECT ends_at FROM attempts WHERE key = $1", [key.into()]).await?;
    let ends_at = row.map(|row| i64::try_get_by(&row, 0)).transpose().map_err(sea_orm::DbErr::from)?;
    Ok(Place::Full { retry_at: ends_at.map_or(Ok(now + window), instant)? })
}

/// The attempt succeeded: its place is free again.
pub async fn give_back(tx: &Tx, key: &str, now: OffsetDateTime) -> Result<(), Fault> {
    let sql = "UPDATE attempts SET taken = taken - 1 WHERE key = $1 AND taken > 0 AND ends_at > $2";
    tx.change(sql, [key.into(), seconds(now).into()]).await?;
    Ok(())
}
