//! Opening a SQLite file: one connection that writes, a few that read.

use std::{
    fs, io,
    path::{Path, PathBuf},
    thread::available_parallelism,
    time::Duration,
};

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, Statement,
    sqlx::ConnectOptions as _,
    sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use tokio::{sync::oneshot, time::timeout};

use crate::{config::database::Durability, model::fault::Fault};

/// How to reach one file.
#[derive(Debug, Clone)]
pub(super) struct File {
    pub path: PathBuf,
    pub durability: Durability,
}

impl File {
    /// Makes the file, readable by its owner only, if it is not there.
    pub fn create(&self) -> Result<(), Fault> {
        create(&self.path).map_err(|error| Fault::while_doing(format!("create the database file {}", self.path.display()), error))
    }

    /// The one connection that writes.
    pub async fn writer(&self) -> Result<DatabaseConnection, DbErr> {
        let synchronous = match self.durability {
            Durability::Full => SqliteSynchronous::Full,
            Durability::Off => SqliteSynchronous::Off,
        };
        let options = SqliteConnectOptions::new()
            .filename(&self.path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(synchronous)
            // Short: who waits for another process's lock asks again, so that a waiting thread can be given up.
            .busy_timeout(Duration::from_millis(200))
            .pragma("cache_size", "-8192")
            // In pages. Most of them were copied by then, see `keep_checkpointing`; only the writer can begin the log anew.
            .pragma("wal_autocheckpoint", "1000")
            .statement_cache_capacity(512)
            .optimize_on_close(true, None);
        connect(options, 1).await
    }

    /// The connections that read. The writer must have been open before: it makes the write-ahead log.
    pub async fn readers(&self) -> Result<DatabaseConnection, DbErr> {
        let options = SqliteConnectOptions::new()
            .filename(&self.path)
            .read_only(true)
            .busy_timeout(Duration::from_secs(5))
            .pragma("cache_size", "-2048")
            .statement_cache_capacity(512);
        let count = available_parallelism().map_or(2, |cores| cores.get().clamp(2, 4));
        connect(options, u32::try_from(count).unwrap_or(2)).await
    }
}

/// How often what was committed is copied from the write-ahead log into the file.
const CHECKPOINT_EVERY: Duration = Duration::from_millis(200);

/// Copies beside the writer, whom that does not stop, until it is told to end: or else whoever commits when the log is long would do it
/// all, with everyone waiting behind.
pub(super) async fn keep_checkpointing(file: File, end: oneshot::Receiver<()>) {
    let copy = async |connection: &mut Option<DatabaseConnection>| -> Result<(), DbErr> {
        let connection = match connection.take() {
            Some(open) => connection.insert(open),
            None => connection.insert(file.writer().await?),
        };
        connection.query_one_raw(Statement::from_string(DbBackend::Sqlite, "PRAGMA wal_checkpoint(PASSIVE)")).await.map(drop)
    };
    let (mut connection, mut end) = (None, end);
    while timeout(CHECKPOINT_EVERY, &mut end).await.is_err() {
        // What fails now is done later, by the writer at last.
        if copy(&mut connection).await.is_err() {
            close(connection.take()).await;
        }
    }
    close(connection).await;
}

async fn close(connection: Option<DatabaseConnection>) {
    if let Some(connection) = connection {
        let _ = connection.close().await;
    }
}

async fn connect(options: SqliteConnectOptions, connections: u32) -> Result<DatabaseConnection, DbErr> {
    let options = options.disable_statement_logging();
    let mut pool = ConnectOptions::new("sqlite://");
    pool.max_connections(connections)
        .min_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .acquire_timeout(Duration::from_secs(10))
        .test_before_acquire(false)
        .record_stmt_in_spans(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |_| options.clone());
    Database::connect(pool).await
}

fn create(path: &Path) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}
