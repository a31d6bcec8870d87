//! Failed client authentications, counted by address in memory: enough to tire a guesser of 256 bits, without a row.

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use moka::sync::Cache;

#[derive(Debug)]
pub struct Failures {
    by_address: Cache<IpAddr, Arc<AtomicU32>>,
    limit: u32,
}

impl Failures {
    /// How long an address is remembered after its first failure, and what `Retry-After` says.
    pub const WINDOW: Duration = Duration::from_secs(60);
    const MOST_ADDRESSES: u64 = 100_000;

    pub fn new(limit_per_minute: u32) -> Self {
        let by_address = Cache::builder().max_capacity(Self::MOST_ADDRESSES).time_to_live(Self::WINDOW).build();
        Self { by_address, limit: limit_per_minute }
    }

    pub fn are_too_many(&self, address: IpAddr) -> bool {
        self.by_address.get(&address).is_some_and(|count| count.load(Ordering::Relaxed) >= self.limit)
    }

    pub fn count(&self, address: IpAddr) {
        self.by_address.get_with(address, Arc::default).fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_refused_after_its_failures_and_no_other() {
        let failures = Failures::new(3);
        let (guesser, other) = ([127, 0, 0, 1].into(), [127, 0, 0, 2].into());
        for _ in 0..3 {
            assert!(!failures.are_too_many(guesser));
            failures.count(guesser);
        }
        assert!(failures.are_too_many(guesser));
        assert!(!failures.are_too_many(other));
    }
}
