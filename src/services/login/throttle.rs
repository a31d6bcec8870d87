//! Slowing the guesser: a place is taken in the shared store before a password is checked, and given back when it was right.

use time::OffsetDateTime;

use crate::{
    app::{App, call::Call},
    model::{
        fault::{Failure, Fault},
        secret::Digest,
        tenant::Tenant,
        user::{User, login_name},
    },
    storage::{self, attempts::Place},
};

/// Places taken for one check.
#[derive(Debug)]
pub struct Places {
    account: String,
    address: String,
}

/// No place is left before this instant.
#[derive(Debug, Clone, Copy)]
pub struct Full {
    pub retry_at: OffsetDateTime,
}

/// The account counts under its id whichever of its names was typed; a name without an account counts just the same.
fn keys(call: &Call, tenant: &Tenant, user: Option<&User>, name: &str) -> Places {
    let account = match user {
        Some(user) => user.id.to_string(),
        None => {
            let digest = Digest::of(&login_name(name));
            uuid::Uuid::from_slice(digest.0.get(..16).unwrap_or_default()).unwrap_or_default().to_string()
        }
    };
    let Tenant { organization, environment } = tenant;
    Places {
        account: format!("password:{organization}:{environment}:{account}"),
        address: format!("password:{}", call.peer_network()),
    }
}

pub async fn take(app: &App, call: &Call, tenant: &Tenant, user: Option<&User>, name: &str) -> Result<Places, Failure<Full>> {
    let places = keys(call, tenant, user, name);
    let (window, login) = (app.config.login.attempts_window, &app.config.login);
    let taken = &places;
    app.store
        .write("login.throttle", |tx| async move {
            for (key, limit) in [(&taken.account, login.attempts), (&taken.address, login.attempts_per_address)] {
                match storage::attempts::take(&tx, key, limit, window, call.now).await? {
                    Place::Taken => {}
                    Place::Full { retry_at } => return Err(Failure::Refused(Full { retry_at })),
                }
            }
            Ok(())
        })
        .await?;
    Ok(places)
}

pub async fn give_back(tx: &storage::Tx, call: &Call, places: &Places) -> Result<(), Fault> {
    storage::attempts::give_back(tx, &places.account, call.now).await?;
    storage::attempts::give_back(tx, &places.address, call.now).await
}
