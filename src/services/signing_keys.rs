//! Signing keys: made at first start, renewed before they grow old, revoked in an emergency. Safe on any number of nodes: the next key of
//! an algorithm is unique by its generation.

use time::{Duration, OffsetDateTime};

use crate::{
    app::{
        App,
        key_making::{insert_key, make_key, next_generation},
        key_ring::{JWKS_MAX_AGE, REFRESH, Ring, SKEW},
        sealing::Sealing,
        telemetry,
    },
    model::{
        event::Event,
        fault::Fault,
        names::Algorithm,
        signing_key::{KeyState, SigningKey},
    },
    storage::{self, Inserted, Store},
};

/// A key is in the published set for so long before it signs: until every verifier's copy of the set has expired.
pub const LEAD: Duration = JWKS_MAX_AGE.saturating_add(REFRESH).saturating_add(SKEW);

/// Reads the ring again when it is too old to be trusted.
pub async fn refresh(app: &App, now: OffsetDateTime) -> Result<(), Fault> {
    let epoch = app.store.epoch().await?;
    if app.keys.is_fresh(now, epoch) {
        return Ok(());
    }
    app.keys.refresh(now, epoch, || async { read(&app.store, &app.sealing, now, epoch).await }).await
}

pub async fn read(store: &Store, sealing: &Sealing, now: OffsetDateTime, epoch: i64) -> Result<Ring, Fault> {
    Ring::build(storage::signing_keys::list(&store.db()).await?, sealing, now, epoch)
}

pub async fn list(app: &App) -> Result<Vec<SigningKey>, Fault> {
    storage::signing_keys::list(&app.store.db()).await
}

/// Publishes the next key of each algorithm; it signs from `LEAD` on, when its predecessor stops. Says which keys were made.
pub async fn rotate(app: &App, algorithms: &[Algorithm], now: OffsetDateTime) -> Result<Vec<SigningKey>, Fault> {
    let known = storage::signing_keys::list(&app.store.db()).await?;
    let mut made = Vec::new();
    for algorithm in algorithms {
        let of_it = || known.iter().filter(|key| key.algorithm == *algorithm && key.revoked_at.is_none());
        let newest = of_it().max_by_key(|key| key.generation);
        let active_from = match newest {
            Some(_) => now + LEAD,
            None => now,
        };
        let key = make_key(&app.sealing, *algorithm, next_generation(&known, *algorithm), now, active_from).await?;
        let longest = app.config.tokens.access.max(app.config.tokens.id_token);
        let predecessor = newest.map(|key| (key.kid.clone(), active_from + longest + SKEW));
        if insert_key(&app.store, &key, predecessor).await? == Inserted::Now {
            made.push(key);
        }
    }
    Ok(made)
}

/// Out of the key set at once, with all that it signed. If nothing else could sign, its replacement is there before it goes.
pub async fn revoke(app: &App, kid: &str, now: OffsetDateTime) -> Result<bool, Fault> {
    let known = storage::signing_keys::list(&app.store.db()).await?;
    let Some(doomed) = known.iter().find(|key| key.kid == kid && key.revoked_at.is_none()) else { return Ok(false) };
    let can_sign = |key: &&SigningKey| key.kid != kid && matches!(key.state(now), KeyState::Active | KeyState::Published);
    if !known.iter().filter(can_sign).any(|key| key.algorithm == doomed.algorithm) {
        let generation = next_generation(&known, doomed.algorithm);
        insert_key(&app.store, &make_key(&app.sealing, doomed.algorithm, generation, now, now).await?, None).await?;
    }
    let revoked = app.store.keep("signing_keys.revoke", |tx| async move { storage::signing_keys::revoke(&tx, kid, now).await });
    let is_revoked = revoked.await?;
    if is_revoked {
        telemetry::tell(&Event::SigningKeyRevoked { kid: kid.to_owned() }, None);
    }
    Ok(is_revoked)
}

/// The job: renews keys whose time has come.
pub async fn rotate_old(app: &App, now: OffsetDateTime) -> Result<(), Fault> {
    let known = storage::signing_keys::list(&app.store.db()).await?;
    // A key that was told when to stop has a successor, unless that one was revoked since.
    let is_due = |algorithm: &&Algorithm| {
        let lasting =
            known.iter().filter(|key| key.algorithm == **algorithm && key.revoked_at.is_none() && key.retiring_from.is_none());
        lasting.max_by_key(|key| key.generation).is_none_or(|key| now - key.active_from > app.config.tokens.signing_key)
    };
    let due: Vec<Algorithm> = Algorithm::ASYMMETRIC.iter().filter(is_due).copied().collect();
    rotate(app, &due, now).await?;
    Ok(())
}
