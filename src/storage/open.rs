//! Opening connections: how durable, how patient, how large.

use std::{path::Path, time::Duration};

use sea_orm::{ConnectOptions, Database, DatabaseConnection};
use sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};

use crate::{
    config::database::Durability,
    model::{fault::Fault, secret::Secret},
};

use super::fault;

/// KiB, negative as SQLite wants it; it is per connection.
const WRITER_CACHE: &str = "-8192";
const READER_CACHE: &str = "-2048";
const READERS: u32 = 3;

/// Of another process that holds the lock; ours take turns.
pub const PATIENCE: Duration = Duration::from_secs(10);

fn sqlite(path: &Path) -> ConnectOptions {
    let mut options = ConnectOptions::new(format!("sqlite://{}?mode=rwc", path.display()));
    options.sqlx_logging(false).record_stmt_in_spans(false).test_before_acquire(false);
    options
}

pub async fn sqlite_writer(path: &Path, durability: Durability) -> Result<DatabaseConnection, Fault> {
    let synchronous = match durability {
        Durability::Full => SqliteSynchronous::Full,
        Durability::Off => SqliteSynchronous::Off,
    };
    let mut options = sqlite(path);
    options.min_connections(1).max_connections(1).map_sqlx_sqlite_opts(move |options| {
        options
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(synchronous)
            .busy_timeout(PATIENCE)
            .pragma("cache_size", WRITER_CACHE)
            .pragma("wal_autocheckpoint", "4000")
            .statement_cache_capacity(512)
            .optimize_on_close(true, None)
    });
    Database::connect(options).await.map_err(fault("open the SQLite file for writing"))
}

pub async fn sqlite_readers(path: &Path) -> Result<DatabaseConnection, Fault> {
    let mut options = sqlite(path);
    options.min_connections(1).max_connections(READERS).acquire_timeout(Duration::from_secs(2)).map_sqlx_sqlite_opts(|options| {
        options
            .busy_timeout(Duration::from_secs(2))
            .pragma("query_only", "ON")
            .pragma("cache_size", READER_CACHE)
            .statement_cache_capacity(512)
    });
    Database::connect(options).await.map_err(fault("open the SQLite file for reading"))
}

pub async fn postgres(url: &Secret, connections: u32) -> Result<DatabaseConnection, Fault> {
    let mut options = ConnectOptions::new(url.reveal());
    options
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .test_before_acquire(false)
        .min_connections(1)
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(2))
        .max_lifetime(Duration::from_secs(1800))
        .map_sqlx_postgres_opts(|options| {
            options.statement_cache_capacity(512).options([
                ("application_name", "keyward"),
                ("statement_timeout", "5000"),
                ("lock_timeout", "2000"),
                ("idle_in_transaction_session_timeout", "10000"),
            ])
        });
    Database::connect(options).await.map_err(fault("connect to PostgreSQL"))
}
