//! Slowing the guesser: a place is taken in the shared store before a password is checked, and given back when it was right.

use time::OffsetDateTime;

use crate::{
    app::{App, call::Call},
    model::{
        fault::{Failure, Fault},
        secret::Digest,
        tenant::Tenant,
        user::{Credentials, login_name},
    },
    storage::{self, attempts::Place},
};

/// Places taken for one check.
#[derive(Debug)]
pub struct Places {
    address: String,
    name: String,
    /// None: there was none left.
    account: Option<String>,
}

impl Places {
    /// Without a place of its own the account must not be checked. Nobody is told: it would show which two names are one account.
    pub fn may_check(&self) -> bool {
        self.account.is_some()
    }
}

/// No place is left before this instant.
#[derive(Debug, Clone, Copy)]
pub struct Full {
    pub retry_at: OffsetDateTime,
}

/// Of the address, of the name as it was typed, and of the account whichever of its names that is.
fn keys(call: &Call, tenant: &Tenant, user: Option<&Credentials>, name: &str) -> [String; 3] {
    let Tenant { organization, environment } = tenant;
    let digest = Digest::of(&login_name(name));
    let name = uuid::Uuid::from_slice(digest.0.get(..16).unwrap_or_default()).unwrap_or_default().to_string();
    let account = user.map_or_else(|| format!("none:{name}"), |user| user.user.to_string());
    [
        format!("password:{}", call.peer_network()),
        format!("password:{organization}:{environment}:{name}"),
        format!("password:{organization}:{environment}:{account}"),
    ]
}

/// Refused where the address or the name has none left; either says nothing about an account.
pub async fn take(
    app: &App,
    call: &Call,
    tenant: &Tenant,
    user: Option<&Credentials>,
    name: &str,
) -> Result<Places, Failure<Full>> {
    let keys = keys(call, tenant, user, name);
    let (window, login) = (app.config.login.attempts_window, &app.config.login);
    let [address, name, account] = &keys;
    let place = app
        .store
        .write("login.throttle", |tx| async move {
            // The address first: one that is refused takes no place of anybody's account.
            for (key, limit) in [(address, login.attempts_per_address), (name, login.attempts)] {
                match storage::attempts::take(&tx, key, limit, window, call.now).await? {
                    Place::Taken => {}
                    Place::Full { retry_at } => return Err(Failure::Refused(Full { retry_at })),
                }
            }
            Ok(storage::attempts::take(&tx, account, login.attempts, window, call.now).await?)
        })
        .await?;
    let [address, name, account] = keys;
    Ok(Places { address, name, account: (place == Place::Taken).then_some(account) })
}

pub async fn give_back(tx: &storage::Tx, call: &Call, places: &Places) -> Result<(), Fault> {
    for key in [&places.address, &places.name].into_iter().chain(&places.account) {
        storage::attempts::give_back(tx, key, call.now).await?;
    }
    Ok(())
}
