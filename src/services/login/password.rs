//! Passwords: argon2id on a bounded pool, exactly as received. One answer and one duration whatever was wrong.

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use time::OffsetDateTime;

use crate::{
    app::{
        App,
        call::Call,
        hashing::{Busy, Place},
    },
    model::{
        event::Event,
        fault::{Failure, Fault},
        id::InteractionId,
        secret::Secret,
        session::{Acr, Authentication},
        tenant::Tenant,
        user::Credentials,
    },
    services::{
        authorize::{Stopped, resume},
        events,
    },
    storage,
};

use super::{
    session::{self, Browser},
    throttle,
};

/// A new password has at least so many bytes.
pub const SHORTEST: usize = 8;
/// More than this is not even looked at.
pub const LONGEST: usize = 1024;

/// Why somebody is not signed in.
#[derive(Debug, Clone, Copy)]
pub enum LoginRefusal {
    /// Name or password or account: nobody is told which.
    Mismatch,
    Throttled {
        retry_at: OffsetDateTime,
    },
    TooLong,
    /// The hashing pool is full.
    Busy,
    Stopped(Stopped),
}

/// The hash of a new password, as a PHC string.
pub async fn hash(app: &App, password: &Secret) -> Result<Secret, Failure<Busy>> {
    let place = app.hashing.place().map_err(Failure::Refused)?;
    let (hasher, password) = (hasher(app)?, password.clone());
    let salt: [u8; 16] = app.randomness.bytes();
    let hashed =
        place.run(move || hasher.hash_password_with_salt(password.reveal().as_bytes(), &salt).map(|hash| hash.to_string()));
    let hashed = hashed.await?.map_err(|error| Fault::while_doing("hash a password", Box::new(error)))?;
    Ok(Secret::new(hashed))
}

/// Signs a user in within an interaction. The secret is for the browser's session cookie of the tenant.
pub async fn sign_in(
    app: &App,
    call: &Call,
    browser: &Browser,
    id: InteractionId,
    username: &str,
    password: &Secret,
) -> Result<(Tenant, Secret), Failure<LoginRefusal>> {
    let interaction = resume::find(app, call, browser, id).await.map_err(|failure| failure.map(LoginRefusal::Stopped))?;
    if password.reveal().len() > LONGEST || username.len() > 320 {
        return Err(Failure::Refused(LoginRefusal::TooLong));
    }
    let place = app.hashing.place().map_err(|Busy| Failure::Refused(LoginRefusal::Busy))?;
    let tenant = interaction.tenant;
    let user = storage::users::find_by_login(&app.store.db(), &tenant, username).await?;
    let places = throttle::take(app, call, &tenant, user.as_ref(), username).await.map_err(|failure| {
        failure.map(|full| {
            events::tell(call, &Event::SignInThrottled);
            LoginRefusal::Throttled { retry_at: full.retry_at }
        })
    })?;
    // From here on as if there were no such account.
    let user = user.filter(|_| places.may_check());
    let is_right = verify(app, place, user.as_ref(), password).await?;
    let Some(user) = user.filter(|user| is_right && user.is_active()) else {
        events::tell(call, &Event::SignInRefused);
        return Err(Failure::Refused(LoginRefusal::Mismatch));
    };
    let authentication = Authentication { at: call.now, acr: Acr::OneFactor, amr: vec!["pwd".to_owned()] };
    let before = session::current(app, call, browser, &tenant).await?;
    let (user, before, places, authentication) = (&user, before.as_ref(), &places, &authentication);
    let secret = app
        .store
        .write("login.password", |tx| async move {
            let before = before.map(|(session, _)| session);
            let started = session::start(&tx, app, call, &tenant, user, authentication.clone(), before).await?;
            let (session, secret) = started.ok_or(Failure::Refused(LoginRefusal::Mismatch))?;
            throttle::give_back(&tx, call, places).await?;
            match storage::interactions::change_progress(&tx, id, |progress| progress.signed_in = Some(session)).await? {
                true => Ok(secret),
                false => Err(Failure::Refused(LoginRefusal::Stopped(Stopped::Expired))),
            }
        })
        .await?;
    events::tell(call, &Event::SignedIn { user: user.user });
    Ok((tenant, secret))
}

/// Does the same whether or not there is such a user: without one, the password is compared with a hash that no password has.
async fn verify(app: &App, place: Place<'_>, user: Option<&Credentials>, password: &Secret) -> Result<bool, Fault> {
    let (hasher, password) = (hasher(app)?, password.clone());
    let known = user.and_then(|user| user.password_hash.clone());
    let (is_known, hash) = (known.is_some(), known.unwrap_or_else(|| nobodys_hash(app)));
    let verified = place.run(move || {
        PasswordHash::new(hash.reveal()).is_ok_and(|hash| hasher.verify_password(password.reveal().as_bytes(), &hash).is_ok())
    });
    Ok(verified.await? && is_known)
}

/// 32 zero bytes, at today's cost.
fn nobodys_hash(app: &App) -> Secret {
    let login = &app.config.login;
    let (memory, passes, output) = (login.hash_memory_kib, login.hash_iterations, "A".repeat(43));
    Secret::new(format!("$argon2id$v=19$m={memory},t={passes},p=1$bm9ib2R5IGlzIGNhbGxlZA${output}"))
}

fn hasher(app: &App) -> Result<Argon2<'static>, Fault> {
    let login = &app.config.login;
    let params = Params::new(login.hash_memory_kib, login.hash_iterations, 1, None);
    let params = params.map_err(|error| Fault::while_doing("set up password hashing", Box::new(error)))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}
