//! Which key is presented, and whether it may be used here and now.

use std::sync::Arc;

use crate::{
    app::{App, call::Call},
    model::{
        api_key::{self, ApiKeySecret, KnownApiKey},
        fault::Failure,
        scope::Scope,
    },
    services::refusal::Refusal,
    storage,
};

use super::MAC_PURPOSE;

/// A key that was proven, and what it may do at this moment.
#[derive(Debug, Clone)]
pub struct Proven {
    pub known: Arc<KnownApiKey>,
    pub permissions: Scope,
}

/// Form and checksum before any query; then the secret, its time, the key's own, its owner, and from where it comes.
pub async fn prove(app: &App, call: &Call, credential: &str) -> Result<Proven, Failure<Refusal>> {
    if app.failures.are_too_many(call.peer_network()) {
        return Err(Refusal::Throttled.into());
    }
    let refused = |reason| {
        app.failures.count(call.peer_network());
        Failure::Refused(Refusal::Unauthenticated(reason))
    };
    let lookup = api_key::lookup(credential).ok_or_else(|| refused("api_key.malformed"))?;
    let known = app.store.api_key(lookup).await?;
    let is_it =
        |secret: &ApiKeySecret| secret.lookup == lookup && app.sealing.has_mac(MAC_PURPOSE, credential.as_bytes(), &secret.mac);
    let Some(known) = known else {
        // As much as a known one takes.
        app.sealing.has_mac(MAC_PURPOSE, credential.as_bytes(), &app.sealing.mac(MAC_PURPOSE, b"")?);
        return Err(refused("api_key.unknown"));
    };
    let Some(secret) = known.secrets.iter().find(|secret| is_it(secret)) else {
        // A known key may come from memory, an unknown one costs a query that finds nothing: time does not tell which it was.
        storage::api_keys::find_by_lookup(&app.store.db(), "").await?;
        return Err(refused("api_key.wrong_secret"));
    };
    // From here on it is the right one: nobody guesses.
    let over = |reason| Failure::Refused(Refusal::Unauthenticated(reason));
    if known.key.revoked_at.is_some() {
        return Err(over("api_key.revoked"));
    }
    if !known.key.is_live(call.now) {
        return Err(over("api_key.expired"));
    }
    if !secret.is_live(call.now) {
        return Err(over("api_key.rotated"));
    }
    let Some(rights) = &known.owner_rights else { return Err(over("api_key.owner_gone")) };
    if !known.key.may_come_from(call.peer) {
        return Err(Refusal::Forbidden("This key may not be used from this address.".to_owned()).into());
    }
    let permissions = known.key.permissions.within(rights);
    Ok(Proven { permissions, known })
}
