//! Does the database answer a write and a read?

use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::{Store, Writer};
use crate::model::fault::Fault;

pub async fn check(store: &Store) -> Result<(), Fault> {
    let written = store.keep("health", |tx| async move {
        // Another value each time: what does not change a row may not need the disk.
        let changed = tx.change("UPDATE probes SET written_at = written_at + 1 WHERE id = 1", []).await?;
        if changed == 0 { Err(Fault::new("the row of health checks is missing")) } else { Ok(()) }
    });
    written.await?;
    store.db().row("SELECT written_at FROM probes WHERE id = 1", []).await?;
    Ok(())
}

/// Does a commit survive a loss of power, as the connection that writes is set?
pub async fn durability(store: &Store) -> Result<bool, Fault> {
    let (_turn, transaction) = match &store.0.writer {
        Writer::Turns(turns) => turns.exclusive().await?,
        Writer::Transactions => {
            let row = store.db().row("SHOW synchronous_commit", []).await?;
            let waits: Option<String> = row.map(|row| row.try_get_by_index(0)).transpose()?;
            return Ok(waits.is_some_and(|waits| waits != "off"));
        }
    };
    let ask = async |pragma| transaction.query_one_raw(Statement::from_string(DbBackend::Sqlite, pragma)).await;
    let journal: Option<String> = ask("PRAGMA journal_mode").await?.map(|row| row.try_get_by_index(0)).transpose()?;
    let synchronous: Option<i32> = ask("PRAGMA synchronous").await?.map(|row| row.try_get_by_index(0)).transpose()?;
    transaction.rollback().await?;
    // 2 is FULL, 3 is EXTRA.
    Ok(journal.as_deref() == Some("wal") && synchronous.is_some_and(|level| level >= 2))
}
