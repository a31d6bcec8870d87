//! Does the database answer a write and a read?

use sea_orm::{ConnectionTrait, Statement};

use crate::model::fault::{Failure, Fault};

use super::{Store, fault};

pub async fn check(store: &Store) -> Result<(), Fault> {
    let written: Result<(), Failure<std::convert::Infallible>> = store
        .write("health", |tx| async move {
            let touch = "UPDATE epoch SET value = value WHERE id = 1";
            let statement = Statement::from_string(tx.get_database_backend(), touch.to_owned());
            tx.execute_raw(statement).await.map_err(fault("write to the database"))?;
            Ok(())
        })
        .await;
    match written {
        Ok(()) => {}
        Err(Failure::Broken(fault)) => return Err(fault),
        Err(Failure::Refused(never)) => match never {},
    }
    let db = store.db();
    let read = Statement::from_string(db.get_database_backend(), "SELECT value FROM epoch WHERE id = 1".to_owned());
    db.query_one_raw(read).await.map_err(fault("read from the database"))?;
    Ok(())
}

/// Does a commit survive a loss of power, as this connection is set?
pub async fn durability(store: &Store) -> Result<bool, Fault> {
    let connection = store.connection().await?;
    let ask = async |sql: &str| {
        let statement = Statement::from_string(connection.get_database_backend(), sql.to_owned());
        connection.query_one_raw(statement).await.map_err(fault("read the durability settings"))
    };
    let text = |row: Option<sea_orm::QueryResult>| row.and_then(|row| row.try_get_by_index::<String>(0).ok()).unwrap_or_default();
    match connection.get_database_backend() {
        sea_orm::DatabaseBackend::Sqlite => {
            let journal = text(ask("PRAGMA journal_mode").await?);
            let synchronous = ask("PRAGMA synchronous").await?.and_then(|row| row.try_get_by_index::<i32>(0).ok());
            Ok(journal == "wal" && synchronous.is_some_and(|level| level >= 2))
        }
        _ => Ok(matches!(text(ask("SHOW synchronous_commit").await?).as_str(), "on" | "remote_apply" | "remote_write" | "local")),
    }
}
