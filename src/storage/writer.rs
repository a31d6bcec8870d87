//! The one writer of SQLite, by turns: callers share a transaction and its commit. Each takes a fair lock, begins if nothing is open,
//! runs its work on its own task and releases; a committer takes the same lock, commits, and tells all who wrote.
//!
//! No savepoints: a dropped one rolls the outer transaction back while its commit still answers Ok. Instead a fault, a panic, a
//! cancelled caller or a database error spoils the batch; it is rolled back, and each member is done again, alone.

use std::{future::Future, path::PathBuf, sync::Arc};

use sea_orm::{DatabaseConnection, SqliteTransactionMode, TransactionOptions, TransactionTrait};
use tokio::sync::{Mutex, MutexGuard, Notify, watch};

use crate::{
    config::database::Durability,
    model::fault::{Failure, Fault},
};

use super::{
    LONGEST_UNIT,
    epoch::Epoch,
    fault, open,
    unit::{self, Tx},
};

#[derive(Debug)]
pub struct Writer {
    path: PathBuf,
    durability: Durability,
    batch: Mutex<Batch>,
    wanted: Notify,
}

#[derive(Debug)]
struct Batch {
    connection: DatabaseConnection,
    open: Option<Open>,
    is_spoiled: bool,
    /// A database error may have left the connection outside of its transaction; it is not used again.
    needs_fresh_connection: bool,
    is_closed: bool,
}

#[derive(Debug)]
struct Open {
    tx: Tx,
    end: watch::Sender<Option<End>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Committed,
    Spoiled,
}

/// A caller's turn. Left without being kept (a fault, a panic, a cancelled caller), it spoils the batch.
struct Turn<'a> {
    batch: MutexGuard<'a, Batch>,
    wanted: &'a Notify,
    is_kept: bool,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if !self.is_kept {
            self.batch.is_spoiled = true;
        }
        self.wanted.notify_one();
    }
}

impl Writer {
    pub async fn open(path: &std::path::Path, durability: Durability) -> Result<Arc<Self>, Fault> {
        let connection = open::sqlite_writer(path, durability).await?;
        let batch = Batch { connection, open: None, is_spoiled: false, needs_fresh_connection: false, is_closed: false };
        let writer = Arc::new(Self { path: path.to_owned(), durability, batch: Mutex::new(batch), wanted: Notify::new() });
        tokio::spawn(commit_for(Arc::downgrade(&writer)));
        Ok(writer)
    }

    pub async fn write<T, R, W, F>(&self, epoch: &Epoch, work: W) -> Result<T, Failure<R>>
    where
        W: Fn(Tx) -> F + Send,
        F: Future<Output = Result<T, Failure<R>>> + Send,
    {
        let mut turn = self.turn().await;
        if turn.batch.is_spoiled || turn.batch.needs_fresh_connection {
            self.settle(&mut turn.batch).await;
        }
        let (tx, mut end) = match self.join(&mut turn.batch).await {
            Ok(joined) => joined,
            Err(fault) => {
                // Nothing was written: nobody's batch is spoiled by that.
                turn.is_kept = true;
                return Err(fault.into());
            }
        };
        let out = unit::run(LONGEST_UNIT, work(tx.clone())).await;
        let is_kept = !matches!(out, Err(Failure::Broken(_))) && !tx.has_failed();
        let raised = tx.raised_epoch();
        turn.batch.needs_fresh_connection |= tx.has_failed();
        turn.is_kept = is_kept;
        drop(tx);
        drop(turn);
        if is_kept && end.wait_for(Option::is_some).await.is_ok_and(|end| *end == Some(End::Committed)) {
            if let Some(value) = raised {
                epoch.saw(value);
            }
            return out;
        }
        self.again_alone(epoch, work).await
    }

    async fn turn(&self) -> Turn<'_> {
        Turn { batch: self.batch.lock().await, wanted: &self.wanted, is_kept: false }
    }

    async fn join(&self, batch: &mut Batch) -> Result<(Tx, watch::Receiver<Option<End>>), Fault> {
        if let Some(open) = &batch.open {
            return Ok((open.tx.clone(), open.end.subscribe()));
        }
        let tx = self.begin(batch).await?;
        let (end, receiver) = watch::channel(None);
        batch.open = Some(Open { tx: tx.clone(), end });
        Ok((tx, receiver))
    }

    async fn begin(&self, batch: &mut Batch) -> Result<Tx, Fault> {
        if batch.is_closed {
            return Err(Fault::unavailable("the database was closed"));
        }
        if batch.needs_fresh_connection {
            let _ = batch.connection.close_by_ref().await;
            batch.connection = open::sqlite_writer(&self.path, self.durability).await?;
            batch.needs_fresh_connection = false;
        }
        let immediate =
            TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..Default::default() };
        let begun = batch.connection.begin_with_options(immediate).await;
        if begun.is_err() {
            batch.needs_fresh_connection = true;
        }
        begun.map(Tx::new).map_err(fault("begin a unit of work"))
    }

    /// Ends whatever is open, and tells its members how.
    async fn settle(&self, batch: &mut Batch) {
        let Some(Open { tx, end }) = batch.open.take() else {
            batch.is_spoiled = false;
            return;
        };
        let is_spoiled = std::mem::take(&mut batch.is_spoiled) || tx.has_failed();
        batch.needs_fresh_connection |= tx.has_failed();
        let started = std::time::Instant::now();
        let ended = if is_spoiled { tx.rollback().await } else { tx.commit().await };
        let outcome = if !is_spoiled && ended.is_ok() { End::Committed } else { End::Spoiled };
        if let Err(error) = ended {
            batch.needs_fresh_connection = true;
            tracing::warn!(target: "keyward::storage", %error, "a batch could not be ended");
        }
        metrics::histogram!("keyward_commit_seconds").record(started.elapsed().as_secs_f64());
        end.send_replace(Some(outcome));
    }

    async fn again_alone<T, R, W, F>(&self, epoch: &Epoch, work: W) -> Result<T, Failure<R>>
    where
        W: Fn(Tx) -> F + Send,
        F: Future<Output = Result<T, Failure<R>>> + Send,
    {
        metrics::counter!("keyward_units_repeated_total").increment(1);
        let mut turn = self.turn().await;
        self.settle(&mut turn.batch).await;
        let tx = match self.begin(&mut turn.batch).await {
            Ok(tx) => tx,
            Err(fault) => {
                turn.is_kept = true;
                return Err(fault.into());
            }
        };
        // Until the end is known the turn counts as spoiled; and what panics here leaves its connection behind.
        turn.batch.needs_fresh_connection = true;
        let out = unit::run(LONGEST_UNIT, work(tx.clone())).await;
        let (has_failed, raised) = (tx.has_failed(), tx.raised_epoch());
        let ended = match &out {
            Ok(_) | Err(Failure::Refused(_)) if !has_failed => tx.commit().await,
            _ => tx.rollback().await,
        };
        turn.batch.needs_fresh_connection = has_failed || ended.is_err();
        turn.is_kept = true;
        ended.map_err(fault("end a unit of work"))?;
        match (out, raised) {
            (Ok(_) | Err(Failure::Refused(_)), _) if has_failed => {
                Err(Fault::unavailable("a statement failed and its unit of work went on").into())
            }
            (out, Some(value)) if !matches!(out, Err(Failure::Broken(_))) => {
                epoch.saw(value);
                out
            }
            (out, _) => out,
        }
    }

    pub async fn connection(&self) -> DatabaseConnection {
        let mut batch = self.batch.lock().await;
        self.settle(&mut batch).await;
        batch.connection.clone()
    }

    pub async fn close(&self) {
        let mut batch = self.batch.lock().await;
        self.settle(&mut batch).await;
        batch.is_closed = true;
        let _ = batch.connection.close_by_ref().await;
    }
}

/// Commits whenever somebody wrote, as long as the writer lives.
async fn commit_for(writer: std::sync::Weak<Writer>) {
    loop {
        let Some(strong) = writer.upgrade() else { return };
        let wanted = tokio::time::timeout(std::time::Duration::from_secs(1), strong.wanted.notified()).await;
        if wanted.is_ok() {
            let mut batch = strong.batch.lock().await;
            strong.settle(&mut batch).await;
        }
    }
}
