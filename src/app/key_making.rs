//! Signing keys as they are made: at first start, at a rotation, after a revocation.

use time::OffsetDateTime;

use crate::{
    model::{
        event::Event,
        fault::Fault,
        names::Algorithm,
        signing_key::{KeyState, SigningKey},
    },
    protocol::jose::key,
    storage::{self, Inserted, Store},
};

use super::{key_ring, randomness, sealing::Sealing, telemetry};

/// One key for each algorithm that has no active one, usable at once: at first start, and after a revocation.
pub async fn make_missing_keys(store: &Store, sealing: &Sealing, now: OffsetDateTime) -> Result<(), Fault> {
    let known = storage::signing_keys::list(&store.db()).await?;
    for algorithm in Algorithm::ASYMMETRIC {
        let will_do = |key: &SigningKey| matches!(key.state(now), KeyState::Active | KeyState::Published);
        if !known.iter().any(|key| key.algorithm == *algorithm && will_do(key)) {
            insert_key(store, &make_key(sealing, *algorithm, next_generation(&known, *algorithm), now, now).await?, None).await?;
        }
    }
    Ok(())
}

pub fn next_generation(known: &[SigningKey], algorithm: Algorithm) -> i32 {
    known.iter().filter(|key| key.algorithm == algorithm).map(|key| key.generation).max().unwrap_or(0) + 1
}

/// A new key of an algorithm, made on a thread of its own.
pub async fn make_key(
    sealing: &Sealing,
    algorithm: Algorithm,
    generation: i32,
    now: OffsetDateTime,
    active_from: OffsetDateTime,
) -> Result<SigningKey, Fault> {
    let made = tokio::task::spawn_blocking(move || key::generate(algorithm, &mut randomness::generator())).await;
    let (private, public) = made.map_err(|error| Fault::while_doing("make a signing key", error))??;
    let kid = public.kid.clone().ok_or_else(|| Fault::new("a signing key was made without a kid"))?;
    Ok(SigningKey {
        sealed_private: sealing.seal(&key_ring::purpose(&kid), &private)?,
        kid,
        algorithm,
        generation,
        public,
        published_at: now,
        active_from,
        retiring_from: None,
        retired_from: None,
        revoked_at: None,
    })
}

/// `predecessor`: its kid, and when the last token signed with it will have expired.
pub async fn insert_key(
    store: &Store,
    key: &SigningKey,
    predecessor: Option<(String, OffsetDateTime)>,
) -> Result<Inserted, Fault> {
    let predecessor = &predecessor;
    let inserted = store
        .keep("signing_keys.insert", |tx| async move {
            let inserted = storage::signing_keys::insert(&tx, key).await?;
            if let (Inserted::Now, Some((kid, retired_from))) = (inserted, predecessor) {
                storage::signing_keys::set_retiring(&tx, kid, key.active_from, *retired_from).await?;
            }
            Ok(inserted)
        })
        .await?;
    if inserted == Inserted::Now {
        telemetry::tell(&Event::SigningKeyMade { kid: key.kid.clone(), algorithm: key.algorithm }, None);
    }
    Ok(inserted)
}
