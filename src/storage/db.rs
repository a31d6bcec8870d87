//! `Db` to read and `Tx` to write: what every function of this module takes first.

use std::{
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, FromQueryResult, QueryResult,
    Statement, Value, prelude::async_trait,
};
use tokio::sync::{Mutex, MutexGuard};

use super::{Inserted, error, unit};
use crate::model::fault::Fault;

tokio::task_local! {
    /// Set while this task is inside a unit of work.
    static INSIDE: ();
}

/// Runs a unit of work so that a nested `write`, or a read past its [`Tx`], is seen.
pub(super) async fn inside<F: Future>(work: F) -> F::Output {
    INSIDE.scope((), work).await
}

/// A fault when this task is inside a unit of work: there, everything goes through its [`Tx`].
pub(super) fn require_outside() -> Result<(), Fault> {
    match INSIDE.try_with(|()| ()) {
        Ok(()) => Err(Fault::new("the database was used past the open unit of work")),
        Err(_) => Ok(()),
    }
}

/// Somewhere to read from: the readers, or an open unit of work with its own writes.
#[derive(Clone)]
pub struct Db(Arc<Source>);

enum Source {
    Readers(DatabaseConnection),
    Unit(Unit),
}

/// An open unit of work.
pub struct Tx(Db);

impl Deref for Tx {
    type Target = Db;
    fn deref(&self) -> &Db {
        &self.0
    }
}

/// One caller's share of an open transaction.
#[derive(Clone)]
pub(super) struct Unit {
    open: Arc<Open>,
    state: Arc<UnitState>,
}

#[derive(Default)]
struct UnitState {
    is_over: AtomicBool,
    raises_epoch: AtomicBool,
}

/// A transaction on its connection. Several units may follow one another in it.
pub(super) struct Open {
    slot: Mutex<Option<DatabaseTransaction>>,
    backend: DbBackend,
    has_failed: AtomicBool,
    is_repeatable: AtomicBool,
}

impl Open {
    pub(super) fn new(transaction: DatabaseTransaction) -> Arc<Self> {
        Arc::new(Self {
            backend: transaction.get_database_backend(),
            slot: Mutex::new(Some(transaction)),
            has_failed: AtomicBool::new(false),
            is_repeatable: AtomicBool::new(false),
        })
    }

    /// Takes the transaction out, so that nobody can write in it any more.
    pub(super) async fn take(&self) -> Option<DatabaseTransaction> {
        self.slot.lock().await.take()
    }

    /// Has a statement failed, or may one still be running? Then nothing of it may be kept, and its connection is not to be trusted.
    pub(super) fn has_failed(&self) -> bool {
        self.has_failed.load(Ordering::Acquire)
    }

    pub(super) fn is_repeatable(&self) -> bool {
        self.is_repeatable.load(Ordering::Acquire)
    }

    pub(super) fn fail(&self) {
        self.has_failed.store(true, Ordering::Release);
    }

    fn note<T>(&self, result: Result<T, DbErr>) -> Result<T, DbErr> {
        if let Err(error) = &result {
            self.is_repeatable.store(error::is_repeatable(error), Ordering::Release);
            self.fail();
        }
        result
    }
}

impl Unit {
    pub(super) fn new(open: &Arc<Open>) -> Self {
        Self { open: open.clone(), state: Arc::default() }
    }

    pub(super) fn tx(&self) -> Tx {
        Tx(Db(Arc::new(Source::Unit(self.clone()))))
    }

    /// From now on, whoever kept a handle can do nothing with it.
    pub(super) fn end(&self) {
        self.state.is_over.store(true, Ordering::Release);
    }

    pub(super) fn fail(&self) {
        self.open.fail();
    }

    pub(super) fn raises_epoch(&self) -> bool {
        self.state.raises_epoch.load(Ordering::Acquire)
    }

    async fn enter(&self) -> Result<Entered<'_>, DbErr> {
        let slot = self.open.slot.lock().await;
        if self.state.is_over.load(Ordering::Acquire) || slot.is_none() {
            return Err(DbErr::Custom("the unit of work is over".to_owned()));
        }
        // After an error SQLite may have left the transaction by itself; what came next would be committed alone.
        if self.open.has_failed() {
            return Err(DbErr::Custom("an earlier statement of the transaction failed".to_owned()));
        }
        Ok(Entered(slot))
    }
}

struct Entered<'a>(MutexGuard<'a, Option<DatabaseTransaction>>);

impl Entered<'_> {
    fn transaction(&self) -> Result<&DatabaseTransaction, DbErr> {
        self.0.as_ref().ok_or_else(|| DbErr::Custom("the unit of work is over".to_owned()))
    }
}

impl Tx {
    /// What this unit changes may stand in caches: when it commits, they fall silent.
    pub(super) fn raise_epoch(&self) {
        if let Source::Unit(unit) = &*self.0.0 {
            unit.state.raises_epoch.store(true, Ordering::Release);
        }
    }

    /// Inserts one row with a statement of [`super::sql::insert_if_absent`].
    pub(super) async fn insert(&self, sql: &str, values: Vec<Value>) -> Result<Inserted, Fault> {
        Ok(if self.change(sql, values).await? == 0 { Inserted::Exists } else { Inserted::Now })
    }

    /// Runs a statement and answers how many rows it changed.
    pub(super) async fn change(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<u64, Fault> {
        let statement = Statement::from_sql_and_values(self.get_database_backend(), sql, values);
        Ok(self.execute_raw(statement).await?.rows_affected())
    }
}

impl Db {
    pub(super) fn readers(connection: DatabaseConnection) -> Self {
        Self(Arc::new(Source::Readers(connection)))
    }

    pub(super) async fn row(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<Option<QueryResult>, Fault> {
        let statement = Statement::from_sql_and_values(self.get_database_backend(), sql, values);
        Ok(self.query_one_raw(statement).await?)
    }

    pub(super) async fn one<M: FromQueryResult>(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Option<M>, Fault> {
        let row = self.row(sql, values).await?;
        Ok(row.map(|row| M::from_query_result(&row, "")).transpose()?)
    }

    pub(super) async fn all<M: FromQueryResult>(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<M>, Fault> {
        let statement = Statement::from_sql_and_values(self.get_database_backend(), sql, values);
        let rows = self.query_all_raw(statement).await?;
        Ok(rows.iter().map(|row| M::from_query_result(row, "")).collect::<Result<_, _>>()?)
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Db {
    fn get_database_backend(&self) -> DbBackend {
        match &*self.0 {
            Source::Readers(connection) => connection.get_database_backend(),
            Source::Unit(unit) => unit.open.backend,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match &*self.0 {
            Source::Readers(_) => Err(only_read()),
            Source::Unit(unit) => {
                let entered = unit.enter().await?;
                unit.open.note(entered.transaction()?.execute_raw(statement).await)
            }
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match &*self.0 {
            Source::Readers(_) => Err(only_read()),
            Source::Unit(unit) => {
                let entered = unit.enter().await?;
                unit.open.note(entered.transaction()?.execute_unprepared(sql).await)
            }
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match &*self.0 {
            Source::Readers(connection) => {
                require_outside().map_err(|fault| DbErr::Custom(fault.to_string()))?;
                bounded(connection, unit::LIMIT, connection.query_one_raw(statement)).await
            }
            Source::Unit(unit) => {
                let entered = unit.enter().await?;
                unit.open.note(entered.transaction()?.query_one_raw(statement).await)
            }
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match &*self.0 {
            Source::Readers(connection) => {
                require_outside().map_err(|fault| DbErr::Custom(fault.to_string()))?;
                bounded(connection, LONG, connection.query_all_raw(statement)).await
            }
            Source::Unit(unit) => {
                let entered = unit.enter().await?;
                unit.open.note(entered.transaction()?.query_all_raw(statement).await)
            }
        }
    }
}

/// For a list, which may be of all the users of an organization.
const LONG: Duration = Duration::from_secs(10);

/// A server may stand still; a file is read as fast as the disk allows.
async fn bounded<T>(
    connection: &DatabaseConnection,
    limit: Duration,
    read: impl Future<Output = Result<T, DbErr>>,
) -> Result<T, DbErr> {
    match connection.get_database_backend() {
        DbBackend::Postgres => error::within(limit, read).await,
        _ => read.await,
    }
}

fn only_read() -> DbErr {
    DbErr::Custom("a statement that may write was given to the readers".to_owned())
}
