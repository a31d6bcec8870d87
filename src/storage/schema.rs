//! The schema of a database, compared with the one this program was made for, and the way between the two.

use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, Statement, TryGetable};

use crate::model::fault::Fault;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schema {
    /// Nothing was ever migrated here.
    Empty,
    Current,
    /// The steps that are not done yet.
    Older(Vec<String>),
    /// Made by a later version of this program.
    Newer,
}

/// Any number; the same for all nodes. Held while one of them migrates.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7247891)";

pub(super) async fn of(db: &impl ConnectionTrait) -> Result<Schema, Fault> {
    let done = steps_done(db).await?;
    let known: Vec<_> = Migrator::migrations().iter().map(|step| step.name().to_owned()).collect();
    let pending: Vec<_> = known.iter().filter(|step| !done.contains(step)).cloned().collect();
    Ok(if done.iter().any(|step| !known.contains(step)) {
        Schema::Newer
    } else if done.is_empty() {
        Schema::Empty
    } else if pending.is_empty() {
        Schema::Current
    } else {
        Schema::Older(pending)
    })
}

async fn steps_done(db: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    let backend = db.get_database_backend();
    let exists = match backend {
        DbBackend::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'seaql_migrations'",
        _ => {
            "SELECT table_name FROM information_schema.tables \
              WHERE table_schema = current_schema() AND table_name = 'seaql_migrations'"
        }
    };
    if db.query_one_raw(Statement::from_string(backend, exists)).await?.is_none() {
        return Ok(Vec::new());
    }
    let rows = db.query_all_raw(Statement::from_string(backend, "SELECT version FROM seaql_migrations")).await?;
    rows.iter().map(|row| String::try_get_by(row, 0).map_err(DbErr::from)).collect()
}

/// Which way, and how far.
pub(super) enum Direction {
    Up,
    Down(u32),
}

/// All steps in one transaction: it ends with the schema whole, or as it was.
pub(super) async fn migrate(transaction: DatabaseTransaction, direction: Direction) -> Result<(), Fault> {
    if transaction.get_database_backend() == DbBackend::Postgres {
        transaction.execute_unprepared("SET LOCAL statement_timeout = 0").await?;
        transaction.execute_unprepared("SET LOCAL lock_timeout = 0").await?;
        transaction.execute_unprepared(LOCK).await?;
    }
    if of(&transaction).await? == Schema::Newer {
        return Err(Fault::new("the database was made by a later version of this program"));
    }
    match direction {
        Direction::Up => Migrator::up(&transaction, None).await?,
        Direction::Down(steps) => Migrator::down(&transaction, Some(steps)).await?,
    }
    Ok(transaction.commit().await?)
}
