//! The writer on SQLite: callers take turns in one open transaction, and a commit answers all of them.
//!
//! Each caller runs its closure on its own task while it holds the turn; a committer queues for a turn like everyone, commits, and
//! answers all who wrote. Whatever goes wrong spoils the transaction: it is rolled back, and each who wrote in it is done again, alone.
//! There are no savepoints: a nested transaction that is dropped takes the outer one, and every neighbour's writes, with it.

use std::{
    future::Future,
    mem,
    sync::{Arc, PoisonError, Weak},
    time::Duration,
};

use sea_orm::{DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode, TransactionOptions, TransactionTrait};
use tokio::{
    sync::{Mutex, Notify, OwnedMutexGuard, oneshot, watch},
    task::JoinHandle,
    time::{Instant, sleep, timeout_at},
};

use super::{
    db::{Open, Tx, Unit},
    epoch::Epoch,
    error, metric,
    sqlite::{self, File},
    unit,
};
use crate::model::fault::{Failure, Fault};

/// How long a caller waits for its turn and for the lock of another process, together.
const PATIENCE: Duration = Duration::from_secs(10);

/// While another process holds it.
const ASK_AGAIN: Duration = Duration::from_millis(5);

pub(super) struct Turns {
    file: File,
    epoch: Arc<Epoch>,
    batch: Arc<Mutex<Batch>>,
    wanted: Arc<Notify>,
    checkpoints: std::sync::Mutex<Option<(oneshot::Sender<()>, JoinHandle<()>)>>,
}

/// What the holder of the turn has in hand.
#[derive(Default)]
pub(super) struct Batch {
    connection: Option<DatabaseConnection>,
    shared: Option<Shared>,
    is_spoiled: bool,
}

/// The open transaction, and those who wait for its end.
struct Shared {
    open: Arc<Open>,
    ended: watch::Sender<Option<End>>,
    epoch: Option<i64>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Committed,
    Spoiled,
}

/// A turn. Unless it is kept, leaving it spoils what is open: a panic or a vanished caller does the same as a fault.
struct Turn {
    batch: OwnedMutexGuard<Batch>,
    wanted: Arc<Notify>,
    is_kept: bool,
}

impl Drop for Turn {
    fn drop(&mut self) {
        if !self.is_kept && self.batch.shared.is_some() {
            self.batch.is_spoiled = true;
        }
        self.wanted.notify_one();
    }
}

impl Drop for Turns {
    fn drop(&mut self) {
        self.wanted.notify_one();
    }
}

impl Turns {
    pub async fn open(file: File, epoch: Arc<Epoch>) -> Result<Arc<Self>, Fault> {
        let deadline = Instant::now() + PATIENCE;
        let connection = loop {
            match file.writer().await {
                // A new file becomes one with a write-ahead log under a lock: another process may be at it.
                Err(error) if error::is_locked(&error) && Instant::now() < deadline => sleep(ASK_AGAIN).await,
                opened => break opened?,
            }
        };
        let batch = Batch { connection: Some(connection), ..Batch::default() };
        let (end, ended) = oneshot::channel();
        let checkpoints = tokio::spawn(sqlite::keep_checkpointing(file.clone(), ended));
        let turns = Arc::new(Self {
            file,
            epoch,
            batch: Arc::new(Mutex::new(batch)),
            wanted: Arc::default(),
            checkpoints: std::sync::Mutex::new(Some((end, checkpoints))),
        });
        tokio::spawn(commit_when_wanted(Arc::downgrade(&turns), turns.wanted.clone()));
        Ok(turns)
    }

    pub async fn write<T, R, W, F>(&self, name: &'static str, mut work: W) -> Result<T, Failure<R>>
    where
        W: Fn(Tx) -> F + Send,
        F: Future<Output = Result<T, Failure<R>>> + Send,
        T: Send,
        R: Send,
    {
        let deadline = Instant::now() + PATIENCE;
        if let Some(outcome) = self.together(deadline, &mut work).await? {
            metric::unit(name);
            return outcome;
        }
        metric::redone(name);
        let outcome = self.alone(deadline, &mut work).await?;
        metric::unit(name);
        outcome
    }

    /// One turn among others. None: the transaction was spoiled, by this caller or by a neighbour.
    async fn together<T, R, W, F>(&self, deadline: Instant, work: &mut W) -> Result<Option<Result<T, Failure<R>>>, Failure<R>>
    where
        W: Fn(Tx) -> F + Send,
        F: Future<Output = Result<T, Failure<R>>> + Send,
        T: Send,
        R: Send,
    {
        let mut turn = self.turn(deadline).await?;
        if turn.batch.shared.is_none() {
            self.begin(&mut turn.batch, deadline).await?;
        }
        let shared = turn.batch.shared.as_mut().ok_or_else(lost)?;
        let mut ended = shared.ended.subscribe();
        let ran = unit::run(&Unit::new(&shared.open), work).await;
        shared.epoch = shared.epoch.max(ran.epoch);
        turn.is_kept = ran.is_kept() && !shared.open.has_failed();
        let was_kept = turn.is_kept;
        drop(turn);

        if ran.was_too_slow {
            return ran.outcome.map(|done| Some(Ok(done)));
        }
        let was_committed = was_kept && matches!(ended.wait_for(Option::is_some).await.as_deref(), Ok(Some(End::Committed)));
        Ok(was_committed.then_some(ran.outcome))
    }

    /// In a transaction of its own, whose end is this caller's alone.
    async fn alone<T, R, W, F>(&self, deadline: Instant, work: &mut W) -> Result<Result<T, Failure<R>>, Failure<R>>
    where
        W: Fn(Tx) -> F + Send,
        F: Future<Output = Result<T, Failure<R>>> + Send,
        T: Send,
        R: Send,
    {
        let deadline = deadline.max(Instant::now() + unit::LIMIT);
        let mut turn = self.turn(deadline).await?;
        if turn.batch.shared.is_some() {
            turn = self.settled(turn).await?.0;
        }
        self.begin(&mut turn.batch, deadline).await?;
        let shared = turn.batch.shared.as_mut().ok_or_else(lost)?;
        let ran = unit::run(&Unit::new(&shared.open), work).await;
        shared.epoch = ran.epoch;
        let has_failed = shared.open.has_failed();
        match ran.outcome {
            Err(Failure::Broken(fault)) => Err(fault.into()),
            Ok(_) | Err(Failure::Refused(_)) if has_failed => Err(unit::swallowed().into()),
            outcome => {
                turn.is_kept = true;
                let (_turn, committed) = self.settled(turn).await?;
                committed.map_err(Fault::from)?;
                Ok(outcome)
            }
        }
    }

    /// Waits for a turn. What others spoiled is cleared away first.
    async fn turn(&self, deadline: Instant) -> Result<Turn, Fault> {
        let batch = timeout_at(deadline, self.batch.clone().lock_owned()).await;
        let batch = batch.map_err(|_| Fault::unavailable("the turn to write did not come in time"))?;
        let turn = Turn { batch, wanted: self.wanted.clone(), is_kept: false };
        if !turn.batch.is_spoiled {
            return Ok(turn);
        }
        Ok(self.settled(turn).await?.0)
    }

    /// Ends the open transaction on a task of its own: a caller that vanishes meanwhile leaves no doubt about how it ended.
    async fn settled(&self, mut turn: Turn) -> Result<(Turn, Result<(), DbErr>), Fault> {
        let epoch = self.epoch.clone();
        let settling = tokio::spawn(async move {
            let result = settle(&mut turn.batch, &epoch).await;
            (turn, result)
        });
        settling.await.map_err(|error| Fault::while_doing("end a transaction", error))
    }

    /// Opens the transaction of all who come now.
    async fn begin(&self, batch: &mut Batch, deadline: Instant) -> Result<(), Fault> {
        match self.transaction(batch, deadline).await {
            Ok(transaction) => {
                batch.shared = Some(Shared { open: Open::new(transaction), ended: watch::channel(None).0, epoch: None });
                Ok(())
            }
            Err(error) => {
                discard(batch).await;
                Err(error.into())
            }
        }
    }

    /// Waits while another process holds the lock.
    async fn transaction(&self, batch: &mut Batch, deadline: Instant) -> Result<DatabaseTransaction, DbErr> {
        loop {
            match self.try_begin(batch).await {
                Err(error) if error::is_locked(&error) && Instant::now() < deadline => sleep(ASK_AGAIN).await,
                done => return done,
            }
        }
    }

    async fn try_begin(&self, batch: &mut Batch) -> Result<DatabaseTransaction, DbErr> {
        let connection = match batch.connection.take() {
            Some(connection) => connection,
            None => self.file.writer().await?,
        };
        let connection = batch.connection.insert(connection);
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        connection.begin_with_options(options).await
    }

    /// A transaction outside of all turns, for schema changes; nobody writes until the guard is dropped.
    pub async fn exclusive(&self) -> Result<(OwnedMutexGuard<Batch>, DatabaseTransaction), Fault> {
        let deadline = Instant::now() + PATIENCE;
        let mut batch = self.batch.clone().lock_owned().await;
        settle(&mut batch, &self.epoch).await?;
        let transaction = self.transaction(&mut batch, deadline).await?;
        Ok((batch, transaction))
    }

    /// Commits what is open and closes the connection.
    pub async fn close(&self) {
        let checkpoints = self.checkpoints.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((end, ended)) = checkpoints {
            drop(end);
            let _ = ended.await;
        }
        let mut batch = self.batch.lock().await;
        let _ = settle(&mut batch, &self.epoch).await;
        discard(&mut batch).await;
    }
}

fn lost() -> Fault {
    Fault::new("the open transaction was lost")
}

/// Commits, or rolls back what was spoiled, and tells all who wrote.
async fn settle(batch: &mut Batch, epoch: &Epoch) -> Result<(), DbErr> {
    let is_spoiled = mem::take(&mut batch.is_spoiled);
    let Some(Shared { open, ended, epoch: raised }) = batch.shared.take() else { return Ok(()) };
    let began = Instant::now();
    let mut result = Ok(());
    let end = match open.take().await {
        Some(transaction) if !is_spoiled && !open.has_failed() => {
            result = transaction.commit().await;
            if result.is_ok() { End::Committed } else { End::Spoiled }
        }
        Some(transaction) => {
            if transaction.rollback().await.is_err() {
                open.fail();
            }
            End::Spoiled
        }
        None => End::Spoiled,
    };
    if end == End::Committed {
        metric::committed(began.elapsed());
        // After the commit and before any answer: whoever hears of the change finds the caches silent.
        if let Some(raised) = raised {
            epoch.raised_to(raised);
        }
    }
    if result.is_err() || open.has_failed() {
        discard(batch).await;
    }
    ended.send_replace(Some(end));
    result
}

/// Closes the connection; the next transaction gets a new one. After an error nobody can say in which state the old one is.
async fn discard(batch: &mut Batch) {
    if let Some(connection) = batch.connection.take() {
        let _ = connection.close().await;
    }
}

async fn commit_when_wanted(turns: Weak<Turns>, wanted: Arc<Notify>) {
    loop {
        wanted.notified().await;
        let Some(turns) = turns.upgrade() else { return };
        let mut batch = turns.batch.lock().await;
        // Who wrote in it learns how it ended, and does its work again.
        let _ = settle(&mut batch, &turns.epoch).await;
    }
}
