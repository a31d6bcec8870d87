//! Randomness: the system's, or seeded for a test. Tokens, ids, nonces, salts.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use rand::{CryptoRng, Rng, SeedableRng, rngs::StdRng};
use time::OffsetDateTime;
use uuid::{Builder, Uuid};

use crate::model::secret::{Digest, Secret, compose};

#[derive(Clone)]
pub struct Randomness(Option<Arc<Mutex<StdRng>>>);

impl Randomness {
    pub fn system() -> Self {
        Self(None)
    }

    /// The same values at each run: for tests only.
    pub fn seeded(seed: u64) -> Self {
        Self(Some(Arc::new(Mutex::new(StdRng::seed_from_u64(seed)))))
    }

    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match &self.0 {
            #[expect(clippy::disallowed_methods, reason = "the one place that draws from the system's generator")]
            None => rand::rng().fill_bytes(&mut bytes),
            Some(seeded) => seeded.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes),
        }
        bytes
    }

    /// Ordered by the instant it was made at.
    pub fn uuid_v7(&self, now: OffsetDateTime) -> Uuid {
        let millis = u64::try_from(now.unix_timestamp_nanos() / 1_000_000).unwrap_or(0);
        Builder::from_unix_timestamp_millis(millis, &self.bytes()).into_uuid()
    }

    /// A new credential under its row key, and what is kept of it.
    pub fn credential(&self, prefix: &str, key: Uuid) -> (Secret, Digest) {
        let secret = compose(prefix, key, &self.bytes());
        let digest = Digest::of(secret.reveal());
        (secret, digest)
    }

    /// Tells nothing.
    pub fn uuid_v4(&self) -> Uuid {
        Builder::from_random_bytes(self.bytes()).into_uuid()
    }
}

/// The system's generator itself, for making keys.
pub fn generator() -> impl CryptoRng {
    #[expect(clippy::disallowed_methods, reason = "the one place that draws from the system's generator")]
    rand::rng()
}

impl fmt::Debug for Randomness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Randomness")
    }
}
