//! May a cache still speak? One row is raised by every change that caches must see; an entry is good only under the epoch it was read
//! at. SQLite: an atomic, set after the commit and before the answer, looked up again every 50 ms for the sake of other processes.
//! PostgreSQL: each request joins one shared read that begins after the request did.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use sea_orm::{ConnectionTrait, DatabaseBackend, DatabaseConnection, Statement};
use tokio::sync::oneshot;

use crate::model::fault::Fault;

use super::fault;

const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Older than this, the last look is not trusted.
const TRUST: Duration = Duration::from_millis(100);

#[derive(Debug, Clone)]
pub struct Epoch(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    database: DatabaseConnection,
    value: AtomicI64,
    /// Microseconds since `started` at which the last look began; 0: never.
    looked: AtomicU64,
    started: Instant,
    is_watching: AtomicBool,
    queue: Mutex<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    is_reading: bool,
    waiting: Vec<oneshot::Sender<Result<i64, String>>>,
}

impl Epoch {
    pub fn new(database: DatabaseConnection) -> Self {
        Self(Arc::new(Shared {
            database,
            value: AtomicI64::new(0),
            looked: AtomicU64::new(0),
            started: Instant::now(),
            is_watching: AtomicBool::new(false),
            queue: Mutex::default(),
        }))
    }

    pub async fn current(&self) -> Result<i64, Fault> {
        match self.0.database.get_database_backend() {
            DatabaseBackend::Sqlite => self.watched().await,
            _ => self.0.clone().joined().await,
        }
    }

    /// A commit of our own raised it to this.
    pub fn saw(&self, value: i64) {
        self.0.value.fetch_max(value, Ordering::SeqCst);
    }

    async fn watched(&self) -> Result<i64, Fault> {
        if !self.0.is_watching.swap(true, Ordering::SeqCst) {
            tokio::spawn(watch(Arc::downgrade(&self.0)));
        }
        let looked = self.0.looked.load(Ordering::SeqCst);
        let age = self.0.micros().saturating_sub(looked);
        if looked == 0 || age > TRUST.as_micros() as u64 {
            self.0.look().await?;
        }
        Ok(self.0.value.load(Ordering::SeqCst))
    }
}

/// Looks as long as anyone holds the epoch.
async fn watch(shared: std::sync::Weak<Shared>) {
    let mut timer = tokio::time::interval(LOOK_EVERY);
    timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        timer.tick().await;
        let Some(shared) = shared.upgrade() else { return };
        // A look that fails leaves the last one to grow old; then callers look for themselves and are told.
        let _ = shared.look().await;
    }
}

impl Shared {
    fn micros(&self) -> u64 {
        self.started.elapsed().as_micros() as u64
    }

    async fn read(&self) -> Result<i64, sea_orm::DbErr> {
        let sql = Statement::from_string(self.database.get_database_backend(), "SELECT value FROM epoch WHERE id = 1".to_owned());
        self.database.query_one_raw(sql).await?.map_or(Ok(0), |row| row.try_get_by_index(0))
    }

    async fn look(&self) -> Result<(), Fault> {
        let began = self.micros().max(1);
        let value = self.read().await.map_err(fault("read the epoch"))?;
        self.value.fetch_max(value, Ordering::SeqCst);
        self.looked.fetch_max(began, Ordering::SeqCst);
        Ok(())
    }

    /// Waits for a read that has not begun yet, so that it sees everything acknowledged before this call.
    async fn joined(self: Arc<Self>) -> Result<i64, Fault> {
        let (sender, receiver) = oneshot::channel();
        let must_read = {
            let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
            queue.waiting.push(sender);
            !std::mem::replace(&mut queue.is_reading, true)
        };
        if must_read {
            tokio::spawn(self.serve());
        }
        match receiver.await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => {
                Err(Fault::while_doing("read the epoch", error).of_kind(crate::model::fault::FaultKind::Unavailable))
            }
            Err(error) => Err(Fault::while_doing("read the epoch", error)),
        }
    }

    async fn serve(self: Arc<Self>) {
        loop {
            let waiting = {
                let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
                if queue.waiting.is_empty() {
                    queue.is_reading = false;
                    return;
                }
                std::mem::take(&mut queue.waiting)
            };
            let read = self.read().await.map_err(|error| error.to_string());
            for sender in waiting {
                let _ = sender.send(read.clone());
            }
        }
    }
}
