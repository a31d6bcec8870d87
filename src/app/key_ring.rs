//! The signing keys in use, parsed once and re-read from storage: by age, and whenever the epoch moved.

use std::{fmt, sync::Arc};

use arc_swap::ArcSwap;
use time::{Duration, OffsetDateTime};
use tokio::sync::Mutex;

use crate::{
    model::{
        fault::Fault,
        jwk::JwkSet,
        names::Algorithm,
        signing_key::{KeyState, SigningKey},
    },
    protocol::jose::{
        jws::{Key, Signer, VerifyingKey},
        key, provider,
    },
};

use super::{documents::Document, sealing::Sealing};

/// Under which a private key is sealed: bound to its kid, so that two rows cannot change places.
pub fn purpose(kid: &str) -> String {
    format!("signing_key {kid}")
}

/// Verifiers may keep the key set so long.
pub const JWKS_MAX_AGE: Duration = Duration::minutes(15);
/// A ring older than this is read again before anything is signed.
pub const REFRESH: Duration = Duration::seconds(30);
/// Nodes' clocks may differ so much.
pub const SKEW: Duration = Duration::seconds(30);
/// Retired public keys still recognise the ID tokens that come back as hints.
pub const HINT_RETENTION: Duration = Duration::days(90);

pub struct KeyRing {
    ring: ArcSwap<Ring>,
    reading: Mutex<()>,
}

/// One reading of the keys.
pub struct Ring {
    read_at: OffsetDateTime,
    epoch: i64,
    keys: Vec<Known>,
    published: Document,
}

struct Known {
    record: SigningKey,
    verifying: Arc<VerifyingKey>,
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyRing")
    }
}

impl KeyRing {
    pub fn of(ring: Ring) -> Self {
        Self { ring: ArcSwap::from_pointee(ring), reading: Mutex::new(()) }
    }

    pub fn is_fresh(&self, now: OffsetDateTime, epoch: i64) -> bool {
        let ring = self.ring.load();
        let age = now - ring.read_at;
        ring.epoch == epoch && age >= Duration::ZERO && age < REFRESH
    }

    /// Reads again unless somebody else just did; one reader at a time.
    pub async fn refresh<F>(&self, now: OffsetDateTime, epoch: i64, read: impl FnOnce() -> F) -> Result<(), Fault>
    where
        F: Future<Output = Result<Ring, Fault>>,
    {
        let _reading = self.reading.lock().await;
        if self.is_fresh(now, epoch) {
            return Ok(());
        }
        let ring = read().await?;
        // A key that only stopped signing stays: somebody may hold its signer at this moment.
        for gone in ring.keys.iter().filter(|known| matches!(known.record.state(now), KeyState::Revoked | KeyState::Retired)) {
            provider::forget(&gone.record.kid);
        }
        self.ring.store(Arc::new(ring));
        Ok(())
    }

    /// The key that signs now with this algorithm: the newest active one. Where an emergency left none, one that verifiers at least can
    /// find: the next, else the last.
    pub fn signer(&self, algorithm: Algorithm, now: OffsetDateTime) -> Result<Signer, Fault> {
        let ring = self.ring.load();
        let in_state = |state| {
            let keys = ring.keys.iter().filter(|known| known.record.algorithm == algorithm);
            keys.filter(|known| known.record.state(now) == state).max_by_key(|known| known.record.generation)
        };
        [KeyState::Active, KeyState::Published, KeyState::Retiring]
            .into_iter()
            .find_map(in_state)
            .map(|known| Signer { kid: known.record.kid.clone(), algorithm })
            .ok_or_else(|| Fault::new(format!("there is no {algorithm} signing key")))
    }

    /// A key of the published set.
    pub fn verifier(&self, kid: &str, now: OffsetDateTime) -> Option<Key<'static>> {
        self.find(kid, |record| record.is_published(now))
    }

    /// Also one that was retired lately: a hint authenticates nobody.
    pub fn verifier_of_hint(&self, kid: &str, now: OffsetDateTime) -> Option<Key<'static>> {
        self.find(kid, |record| {
            record.is_published(now)
                || (record.revoked_at.is_none() && record.retired_from.is_some_and(|at| now < at + HINT_RETENTION))
        })
    }

    fn find(&self, kid: &str, will_do: impl Fn(&SigningKey) -> bool) -> Option<Key<'static>> {
        let ring = self.ring.load();
        let known = ring.keys.iter().find(|known| known.record.kid == kid && will_do(&known.record))?;
        Some(Key::Shared(known.verifying.clone()))
    }

    /// The key set as it is published. A key's state may have changed since the ring was read, but never by more than its refresh.
    pub fn published(&self) -> Document {
        self.ring.load().published.clone()
    }
}

impl Ring {
    /// Parses what can sign and gives it to the provider.
    pub fn build(records: Vec<SigningKey>, sealing: &Sealing, now: OffsetDateTime, epoch: i64) -> Result<Self, Fault> {
        let mut keys = Vec::with_capacity(records.len());
        let mut published = JwkSet::default();
        for record in records {
            let verifying = VerifyingKey::from_jwk(&record.public, record.algorithm)
                .map_err(|reason| Fault::while_doing("read a signing key", reason))?;
            if record.is_published(now) {
                let private = sealing.open(&purpose(&record.kid), &record.sealed_private)?;
                provider::keep(&record.kid, key::parse(record.algorithm, &private)?);
            }
            if record.is_published(now) {
                published.keys.push(record.public.clone());
            }
            keys.push(Known { record, verifying: Arc::new(verifying) });
        }
        Ok(Self { read_at: now, epoch, keys, published: Document::of(&published)? })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    fn ring(epoch: i64) -> Ring {
        Ring { read_at: OffsetDateTime::UNIX_EPOCH, epoch, keys: Vec::new(), published: Document::of(&()).unwrap() }
    }

    #[tokio::test]
    async fn rl_17_a_thousand_who_find_the_ring_old_read_it_once() {
        let (keys, reads) = (Arc::new(KeyRing::of(ring(1))), Arc::new(AtomicU32::new(0)));
        let mut askers = tokio::task::JoinSet::new();
        for _ in 0..1000 {
            let (keys, reads) = (keys.clone(), reads.clone());
            let read = async move || {
                reads.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                Ok(ring(2))
            };
            askers.spawn(async move { keys.refresh(OffsetDateTime::UNIX_EPOCH, 2, read).await.unwrap() });
        }
        askers.join_all().await;
        assert_eq!(reads.load(Ordering::SeqCst), 1);
    }
}
