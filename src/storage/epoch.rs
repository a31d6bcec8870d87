//! The epoch: whether what a cache holds may still be told.
//!
//! One row is raised by every write that changes or deletes something cacheable. An entry is stored under the epoch that was read
//! before its row, and served only while the two are equal. On SQLite the number is kept in memory, since all of this process's writes
//! go through one writer; writes of other processes are seen by looking at the row. On PostgreSQL every request joins a look that
//! begins after it asked.

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use sea_orm::TryGetable;
use tokio::{
    sync::Mutex,
    time::{Instant, MissedTickBehavior, interval},
};

use super::db::Db;
use crate::model::fault::Fault;

/// How often a process on SQLite looks for what other processes wrote.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// An older look than this is worth nothing: then the row is read before a cache speaks.
const LOOK_LASTS: Duration = Duration::from_millis(100);

/// How long a process that raised the epoch on SQLite stays, so that a server beside it has looked by the time it is gone.
const LINGER: Duration = Duration::from_millis(150);

pub(super) struct Epoch {
    /// The newest number that is known here.
    known: AtomicI64,
    /// How many looks have begun.
    begun: AtomicU64,
    last: Mutex<Look>,
    origin: Instant,
    /// When the newest successful look began, and when this process raised the epoch last: milliseconds since the origin, plus one.
    looked_at: AtomicU64,
    raised_at: AtomicU64,
}

/// The newest finished look.
#[derive(Default)]
struct Look {
    number: u64,
    /// None: it failed, for all who joined it.
    value: Option<i64>,
}

impl Epoch {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            known: AtomicI64::new(0),
            begun: AtomicU64::new(0),
            last: Mutex::default(),
            origin: Instant::now(),
            looked_at: AtomicU64::new(0),
            raised_at: AtomicU64::new(0),
        })
    }

    fn since_origin(&self) -> u64 {
        u64::try_from(self.origin.elapsed().as_millis()).map_or(u64::MAX, |milliseconds| milliseconds.saturating_add(1))
    }

    /// The number under which a cache may speak, when all writes of this process pass through one writer.
    pub async fn known(&self, db: &Db) -> Result<i64, Fault> {
        let looked_at = self.looked_at.load(Ordering::Acquire);
        let age = self.since_origin().saturating_sub(looked_at);
        if looked_at == 0 || u128::from(age) > LOOK_LASTS.as_millis() {
            self.look(db).await?;
        }
        Ok(self.known.load(Ordering::Acquire))
    }

    /// Joins a look at the row that begins after this call: any number of callers, one query.
    pub async fn look(&self, db: &Db) -> Result<i64, Fault> {
        let before = self.begun.load(Ordering::Acquire);
        let (mut last, has_waited) = match self.last.try_lock() {
            Ok(last) => (last, false),
            Err(_) => (self.last.lock().await, true),
        };
        // A look that failed while this caller waited is failure enough: the next one would take as long.
        if last.number > before || (has_waited && last.number == before && last.value.is_none()) {
            return last.value.ok_or_else(|| Fault::unavailable("the epoch could not be read"));
        }
        let number = self.begun.fetch_add(1, Ordering::AcqRel) + 1;
        let began = self.since_origin();
        let value = read(db).await;
        *last = Look { number, value: value.as_ref().ok().copied() };
        let value = value?;
        self.known.fetch_max(value, Ordering::AcqRel);
        self.looked_at.store(began, Ordering::Release);
        Ok(value)
    }

    /// This process committed a higher number.
    pub fn raised_to(&self, value: i64) {
        self.known.fetch_max(value, Ordering::AcqRel);
        self.raised_at.store(self.since_origin(), Ordering::Release);
    }

    /// Waits until every other process on the file has seen what this one raised.
    pub async fn linger(&self) {
        let raised_at = self.raised_at.load(Ordering::Acquire);
        if raised_at > 0 {
            let ago = Duration::from_millis(self.since_origin().saturating_sub(raised_at));
            tokio::time::sleep(LINGER.saturating_sub(ago)).await;
        }
    }
}

async fn read(db: &Db) -> Result<i64, Fault> {
    let row = db.row("SELECT value FROM epoch WHERE id = 1", []).await?;
    let row = row.ok_or_else(|| Fault::new("the epoch has no row"))?;
    Ok(i64::try_get_by(&row, 0).map_err(sea_orm::DbErr::from)?)
}

/// Looks again and again for as long as somebody holds the epoch.
pub(super) async fn keep_looking(epoch: Weak<Epoch>, db: Db) {
    let mut ticks = interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(epoch) = epoch.upgrade() else { return };
        // A failed look needs no word here: the caches stay silent until one succeeds.
        let _ = epoch.look(&db).await;
    }
}
