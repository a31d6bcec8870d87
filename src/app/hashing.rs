//! A small bounded pool for memory-hard work: so many at once, so many waiting, and the rest are refused.

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::model::fault::Fault;

#[derive(Debug)]
pub struct Pool {
    workers: Semaphore,
    places: Semaphore,
}

/// All places are taken. Nothing was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy;

/// A place at a worker or in the queue, until it is used or dropped.
#[derive(Debug)]
pub struct Place<'p> {
    pool: &'p Pool,
    _held: SemaphorePermit<'p>,
}

impl Pool {
    pub fn new(workers: usize, queue: usize) -> Self {
        Self { workers: Semaphore::new(workers), places: Semaphore::new(workers + queue) }
    }

    /// To be taken before anything else is done for whoever may have to be turned away.
    pub fn place(&self) -> Result<Place<'_>, Busy> {
        Ok(Place { pool: self, _held: self.places.try_acquire().map_err(|_| Busy)? })
    }
}

impl Place<'_> {
    /// Runs `work` on a thread of its own when it is its turn.
    pub async fn run<T: Send + 'static>(self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Fault> {
        metrics::counter!("keyward_hashes_total").increment(1);
        let worker = self.pool.workers.acquire().await;
        let _worker = worker.map_err(|error| Fault::while_doing("wait for a hashing worker", error))?;
        tokio::task::spawn_blocking(work).await.map_err(|error| Fault::while_doing("hash a password", error))
    }
}
