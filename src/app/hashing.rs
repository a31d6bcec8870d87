//! A small bounded pool for memory-hard work: so many at once, so many waiting, and the rest are refused.

use tokio::sync::Semaphore;

use crate::model::fault::{Failure, Fault};

#[derive(Debug)]
pub struct Pool {
    workers: Semaphore,
    places: Semaphore,
}

/// All places are taken. Nothing was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy;

impl Pool {
    pub fn new(workers: usize, queue: usize) -> Self {
        Self { workers: Semaphore::new(workers), places: Semaphore::new(workers + queue) }
    }

    /// Runs `work` on a thread of its own when it is its turn.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure<Busy>> {
        let _place = self.places.try_acquire().map_err(|_| Failure::Refused(Busy))?;
        metrics::counter!("keyward_hashes_total").increment(1);
        let _worker = self.workers.acquire().await.map_err(|error| Fault::while_doing("wait for a hashing worker", error))?;
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(|error| Fault::while_doing("hash a password", error).into())
    }
}
