//! What a database error means to us: whether trying again may help, and whether the transaction can be repeated.

use std::{future::Future, io, sync::Arc, time::Duration};

use sea_orm::{DbErr, RuntimeErr, SqlErr, sqlx};

use crate::model::fault::{Fault, FaultKind};

impl From<DbErr> for Fault {
    fn from(error: DbErr) -> Self {
        let kind = match error.sql_err() {
            Some(SqlErr::ForeignKeyConstraintViolation(_)) => FaultKind::Orphaned,
            _ if is_passing(&error) => FaultKind::Unavailable,
            _ => FaultKind::Broken,
        };
        Fault::while_doing("the database gave an error", error).of_kind(kind)
    }
}

/// A database that stands still gives no error by itself.
pub(super) async fn within<T>(limit: Duration, work: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
    tokio::time::timeout(limit, work).await.unwrap_or_else(|_| {
        let error = sqlx::Error::Io(io::ErrorKind::TimedOut.into());
        Err(DbErr::Query(RuntimeErr::SqlxError(Arc::new(error))))
    })
}

fn sqlx_error(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => Some(error),
        _ => None,
    }
}

fn code(error: &DbErr) -> Option<String> {
    sqlx_error(error)?.as_database_error()?.code().map(|code| code.into_owned())
}

/// SQLite's primary result code: extended codes carry it in their lowest byte.
fn sqlite_code(code: &str) -> Option<u32> {
    code.parse::<u32>().ok().map(|code| code & 0xff)
}

const SQLITE_BUSY: u32 = 5;
const SQLITE_LOCKED: u32 = 6;
const SQLITE_READONLY: u32 = 8;
const SQLITE_IOERR: u32 = 10;
const SQLITE_FULL: u32 = 13;
const SQLITE_CANTOPEN: u32 = 14;

/// Does another connection hold SQLite's lock?
pub(super) fn is_locked(error: &DbErr) -> bool {
    code(error).as_deref().and_then(sqlite_code).is_some_and(|code| matches!(code, SQLITE_BUSY | SQLITE_LOCKED))
}

/// PostgreSQL gave up a transaction that may well succeed when it is done again from its start. A unique key that somebody else took
/// meanwhile (23505) is seen then, and told as what it is.
pub(super) fn is_repeatable(error: &DbErr) -> bool {
    matches!(code(error).as_deref(), Some("40001" | "40P01" | "23505"))
}

/// May the same thing succeed a little later?
fn is_passing(error: &DbErr) -> bool {
    if matches!(error, DbErr::ConnectionAcquire(_)) {
        return true;
    }
    match sqlx_error(error) {
        Some(sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed) => true,
        Some(sqlx::Error::Database(error)) => error.code().is_some_and(|code| is_passing_code(&code)),
        _ => false,
    }
}

fn is_passing_code(code: &str) -> bool {
    // PostgreSQL's codes have five characters: connections, conflicts, resources, cancelled or shutting down, a lock not got,
    // a server that takes no writes (yet): a replica, before it is promoted.
    if code.len() == 5 {
        return ["08", "40", "53", "57"].iter().any(|class| code.starts_with(class)) || matches!(code, "55P03" | "25006");
    }
    sqlite_code(code).is_some_and(|code| {
        matches!(code, SQLITE_BUSY | SQLITE_LOCKED | SQLITE_READONLY | SQLITE_IOERR | SQLITE_FULL | SQLITE_CANTOPEN)
    })
}
