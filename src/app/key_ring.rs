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

/// Under which private keys are sealed.
pub const PURPOSE: &str = "signing_key";

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
        for gone in self.ring.load().keys.iter().filter(|known| !ring.may_sign(&known.record.kid, now)) {
            provider::forget(&gone.record.kid);
        }
        self.ring.store(Arc::new(ring));
        Ok(())
    }

    /// The key that signs now with this algorithm.
    pub fn signer(&self, algorithm: Algorithm, now: OffsetDateTime) -> Result<Signer, Fault> {
        let ring = self.ring.load();
        let active =
            ring.keys.iter().filter(|known| known.record.algorithm == algorithm && known.record.state(now) == KeyState::Active);
        let newest = active.max_by_key(|known| known.record.generation);
        newest
            .map(|known| Signer { kid: known.record.kid.clone(), algorithm })
            .ok_or_else(|| Fault::new(format!("there is no active {algorithm} signing key")))
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
            if matches!(record.state(now), KeyState::Published | KeyState::Active) {
                let private = sealing.open(PURPOSE, &record.sealed_private)?;
                provider::keep(&record.kid, key::parse(record.algorithm, &private)?);
            }
            if record.is_published(now) {
                published.keys.push(record.public.clone());
            }
            keys.push(Known { record, verifying: Arc::new(verifying) });
        }
        Ok(Self { read_at: now, epoch, keys, published: Document::of(&published)? })
    }

    fn may_sign(&self, kid: &str, now: OffsetDateTime) -> bool {
        let known = self.keys.iter().find(|known| known.record.kid == kid);
        known.is_some_and(|known| matches!(known.record.state(now), KeyState::Published | KeyState::Active))
    }
}
