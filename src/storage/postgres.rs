//! PostgreSQL: a pool, and units of work as transactions of their own, repeated whole when the server gave one up.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use sea_orm::{
    ConnectOptions, Database, DatabaseConnection, DatabaseTransaction, DbErr, IsolationLevel, TransactionOptions,
    TransactionTrait,
};

use super::{
    db::{Open, Tx, Unit},
    error, metric, unit,
};
use crate::model::{
    fault::{Failure, Fault},
    secret::Secret,
};

/// How often a unit is done at most, when serialization failures or deadlocks end its transaction.
const TRIES: u32 = 8;

/// How long an idle connection is believed to be open still. Not longer than a look at readiness is remembered: a server that came
/// back is found with the next look, however many connections were cut meanwhile.
const TRUSTED_FOR: Duration = Duration::from_secs(1);

pub(super) async fn connect(url: &Secret, connections: u32) -> Result<DatabaseConnection, DbErr> {
    let mut pool = ConnectOptions::new(url.reveal());
    pool.max_connections(connections)
        .min_connections(1)
        .acquire_timeout(unit::LIMIT)
        .test_before_acquire_if_idle_for(TRUSTED_FOR)
        .record_stmt_in_spans(false)
        .sqlx_logging(false)
        .map_sqlx_postgres_opts(|options| {
            options.application_name("keyward").statement_cache_capacity(512).options([
                ("statement_timeout", "5000"),
                ("lock_timeout", "2000"),
                ("idle_in_transaction_session_timeout", "10000"),
            ])
        });
    Database::connect(pool).await
}

pub(super) async fn begin(pool: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let options = TransactionOptions { isolation_level: Some(IsolationLevel::ReadCommitted), ..Default::default() };
    pool.begin_with_options(options).await
}

pub(super) async fn write<T, R, W, F>(pool: &DatabaseConnection, name: &'static str, mut work: W) -> Result<T, Failure<R>>
where
    W: Fn(Tx) -> F + Send,
    F: Future<Output = Result<T, Failure<R>>> + Send,
    T: Send,
    R: Send,
{
    for again in 0..TRIES {
        if again > 0 {
            metric::redone(name);
            tokio::time::sleep(Duration::from_millis(1 << again)).await;
        }
        let open = Open::new(error::within(unit::LIMIT, begin(pool)).await.map_err(Fault::from)?);
        let unit = Unit::new(&open);
        let ran = unit::run(&unit, &mut work).await;
        let transaction = open.take().await.ok_or_else(|| Fault::new("a transaction was lost"))?;
        if open.has_failed() || !ran.is_kept() {
            let _ = error::within(unit::LIMIT, transaction.rollback()).await;
            if open.is_repeatable() {
                continue;
            }
            return match ran.outcome {
                Err(Failure::Broken(fault)) => Err(Failure::Broken(fault)),
                Ok(_) | Err(Failure::Refused(_)) => Err(unit::swallowed().into()),
            };
        }
        let began = Instant::now();
        match error::within(unit::LIMIT, transaction.commit()).await {
            Ok(()) => {
                metric::committed(began.elapsed());
                metric::unit(name);
                return ran.outcome;
            }
            Err(error) if error::is_repeatable(&error) => {}
            // Whether it was committed cannot be known: it is not done again.
            Err(error) => return Err(Fault::from(error).into()),
        }
    }
    Err(Fault::unavailable("a unit of work lost against others every time it was tried").into())
}
