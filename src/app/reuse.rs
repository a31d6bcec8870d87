//! Values that a client must make afresh for each authorization, and whether it did: enough to warn, in memory, without a row.
//! RFC 9700 §2.1.1.

use std::time::Duration;

use moka::sync::Cache;

use crate::model::{id::ClientId, secret::Digest};

#[derive(Debug)]
pub struct Reuse {
    seen: Cache<[u8; 32], ()>,
}

impl Default for Reuse {
    fn default() -> Self {
        let seen = Cache::builder().max_capacity(Self::MOST).time_to_live(Self::REMEMBERED).build();
        Self { seen }
    }
}

impl Reuse {
    const REMEMBERED: Duration = Duration::from_secs(3600);
    const MOST: u64 = 20_000;

    /// Did this client show this value before, as far as it is remembered? From now on it did.
    pub fn is_again(&self, client: &ClientId, parameter: &str, value: &str) -> bool {
        let key = Digest::of(&format!("{client} {parameter} {value}"));
        !self.seen.entry(key.0).or_insert(()).is_fresh()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_known_for_its_client_and_its_parameter_only() {
        let reuse = Reuse::default();
        let (one, other) = (ClientId("one".to_owned()), ClientId("other".to_owned()));
        assert!(!reuse.is_again(&one, "nonce", "n"));
        assert!(reuse.is_again(&one, "nonce", "n"));
        assert!(!reuse.is_again(&other, "nonce", "n"));
        assert!(!reuse.is_again(&one, "code_challenge", "n"));
    }
}
