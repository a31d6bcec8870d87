//! Lifetimes of what is issued, and of the keys that sign it.

use time::Duration;

use super::layers::Layers;

#[derive(Debug, Clone)]
pub struct Tokens {
    pub access: Duration,
    pub code: Duration,
    pub refresh_idle: Duration,
    pub refresh_absolute: Duration,
    pub id_token: Duration,
    /// A signing key is replaced when it has signed for so long.
    pub signing_key: Duration,
}

pub(super) fn read(layers: &mut Layers) -> Option<Tokens> {
    let [access, code, refresh_idle, refresh_absolute, id_token, signing_key] = [
        "tokens.access",
        "tokens.code",
        "tokens.refresh_idle",
        "tokens.refresh_absolute",
        "tokens.id_token",
        "tokens.signing_key",
    ]
    .map(|key| layers.span(key));
    let tokens = Tokens {
        access: access?,
        code: code?,
        refresh_idle: refresh_idle?,
        refresh_absolute: refresh_absolute?,
        id_token: id_token?,
        signing_key: signing_key?,
    };
    if tokens.code > Duration::minutes(10) {
        layers.note("tokens.code", "must be at most ten minutes (RFC 6749 §4.1.2)");
    }
    if tokens.refresh_idle > tokens.refresh_absolute {
        layers.note("tokens.refresh_idle", "must not be longer than `tokens.refresh_absolute`");
    }
    Some(tokens)
}
