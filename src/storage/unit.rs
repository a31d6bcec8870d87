//! What a function of storage is given: `Db` to read, `Tx` to write. Reads through a `Tx` see its own writes.

use std::{
    future::Future,
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use sea_orm::{
    ConnectionTrait, DatabaseBackend, DatabaseConnection, DatabaseTransaction, DbErr, ExecResult, QueryResult, RuntimeErr,
    Statement,
};

use crate::model::fault::{Failure, Fault, FaultKind};

use super::fault;

tokio::task_local! {
    /// Set while a unit of work runs on this task.
    static OPEN: ();
}

pub fn is_open() -> bool {
    OPEN.try_with(|()| ()).is_ok()
}

/// Runs a unit of work within its time.
pub async fn run<T, R>(limit: Duration, work: impl Future<Output = Result<T, Failure<R>>>) -> Result<T, Failure<R>> {
    match tokio::time::timeout(limit, OPEN.scope((), work)).await {
        Ok(out) => out,
        Err(_) => Err(Fault::new("a unit of work took too long").of_kind(FaultKind::Unavailable).into()),
    }
}

/// Somewhere to read from.
#[derive(Debug, Clone)]
pub struct Db(Source);

#[derive(Debug, Clone)]
enum Source {
    Pool(DatabaseConnection),
    Unit(Arc<Unit>),
}

#[derive(Debug)]
struct Unit {
    transaction: DatabaseTransaction,
    has_failed: AtomicBool,
    has_conflict: AtomicBool,
    /// 0: not raised.
    raised: AtomicI64,
}

impl Db {
    pub(super) fn pool(connection: DatabaseConnection) -> Self {
        Self(Source::Pool(connection))
    }
}

/// An open unit of work.
#[derive(Debug, Clone)]
pub struct Tx {
    db: Db,
    unit: Arc<Unit>,
}

impl Deref for Tx {
    type Target = Db;
    fn deref(&self) -> &Db {
        &self.db
    }
}

impl Tx {
    pub(super) fn new(transaction: DatabaseTransaction) -> Self {
        let unit = Arc::new(Unit {
            transaction,
            has_failed: AtomicBool::new(false),
            has_conflict: AtomicBool::new(false),
            raised: AtomicI64::new(0),
        });
        Self { db: Db(Source::Unit(unit.clone())), unit }
    }

    /// Caches must look again once this is committed. Called after the last statement that changes what they hold.
    pub async fn raise_epoch(&self) -> Result<(), Fault> {
        let raise = "UPDATE epoch SET value = value + 1 WHERE id = 1 RETURNING value";
        let row = self.query_one_raw(Statement::from_string(self.get_database_backend(), raw(raise))).await;
        let value = row.and_then(|row| row.map_or(Ok(0), |row| row.try_get_by_index(0))).map_err(fault("raise the epoch"))?;
        self.unit.raised.fetch_max(value, Ordering::Relaxed);
        Ok(())
    }

    pub(super) fn raised_epoch(&self) -> Option<i64> {
        Some(self.unit.raised.load(Ordering::Relaxed)).filter(|value| *value > 0)
    }

    pub(super) fn has_failed(&self) -> bool {
        self.unit.has_failed.load(Ordering::Relaxed)
    }

    pub(super) fn should_be_repeated(&self) -> bool {
        self.unit.has_conflict.load(Ordering::Relaxed)
    }

    pub(super) async fn commit(self) -> Result<(), DbErr> {
        self.into_transaction()?.commit().await
    }

    pub(super) async fn rollback(self) -> Result<(), DbErr> {
        self.into_transaction()?.rollback().await
    }

    fn into_transaction(self) -> Result<DatabaseTransaction, DbErr> {
        drop(self.db);
        let unit = Arc::try_unwrap(self.unit).map_err(|_| DbErr::Custom("a unit of work kept its handle".to_owned()))?;
        Ok(unit.transaction)
    }
}

fn raw(sql: &str) -> String {
    sql.to_owned()
}

impl Db {
    fn note<T>(&self, result: Result<T, DbErr>) -> Result<T, DbErr> {
        if let (Source::Unit(unit), Err(error)) = (&self.0, &result) {
            unit.has_failed.store(true, Ordering::Relaxed);
            if is_conflict(error) {
                unit.has_conflict.store(true, Ordering::Relaxed);
            }
        }
        result
    }

    fn check(&self) -> Result<(), DbErr> {
        match &self.0 {
            Source::Pool(_) if is_open() => Err(DbErr::Custom("a read past the unit of work".to_owned())),
            Source::Pool(_) | Source::Unit(_) => Ok(()),
        }
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Db {
    fn get_database_backend(&self) -> DatabaseBackend {
        match &self.0 {
            Source::Pool(pool) => pool.get_database_backend(),
            Source::Unit(unit) => unit.transaction.get_database_backend(),
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.check()?;
        let done = match &self.0 {
            Source::Pool(pool) => pool.execute_raw(statement).await,
            Source::Unit(unit) => unit.transaction.execute_raw(statement).await,
        };
        self.note(done)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.check()?;
        let done = match &self.0 {
            Source::Pool(pool) => pool.execute_unprepared(sql).await,
            Source::Unit(unit) => unit.transaction.execute_unprepared(sql).await,
        };
        self.note(done)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.check()?;
        let done = match &self.0 {
            Source::Pool(pool) => pool.query_one_raw(statement).await,
            Source::Unit(unit) => unit.transaction.query_one_raw(statement).await,
        };
        self.note(done)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.check()?;
        let done = match &self.0 {
            Source::Pool(pool) => pool.query_all_raw(statement).await,
            Source::Unit(unit) => unit.transaction.query_all_raw(statement).await,
        };
        self.note(done)
    }
}

fn sqlstate(error: &DbErr) -> Option<String> {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error))
        | DbErr::Conn(RuntimeErr::SqlxError(error)) => {
            error.as_database_error().and_then(|error| error.code()).map(|code| code.into_owned())
        }
        _ => None,
    }
}

/// PostgreSQL: serialization failure, deadlock. The whole unit may be done again.
pub fn is_conflict(error: &DbErr) -> bool {
    sqlstate(error).is_some_and(|code| code == "40001" || code == "40P01")
}

/// The database cannot answer now: no connection, no room, no lock, no time.
pub fn is_unavailable(error: &DbErr) -> bool {
    match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => true,
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => match error.as_database_error()
        {
            // SQLite: busy, locked, I/O error, full, read-only, each with its extended codes. PostgreSQL: classes 08, 53, 55, 57, 25006.
            Some(error) => error.code().is_some_and(|code| match code.parse::<u32>() {
                Ok(number) if code.len() < 5 => matches!(number & 0xff, 5 | 6 | 8 | 10 | 13),
                _ => ["08", "53", "55", "57"].iter().any(|class| code.starts_with(class)) || code == "25006",
            }),
            None => true,
        },
        _ => false,
    }
}
