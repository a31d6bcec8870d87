//! Sessions: which one a browser holds in a tenant, and how it starts, is renewed and ends.

use crate::{
    app::{App, call::Call},
    model::{
        event::Event,
        fault::Fault,
        grant::RevocationReason,
        id::SessionId,
        secret::{Presented, Secret},
        session::{Authentication, Session},
        tenant::Tenant,
        user::{Credentials, User},
    },
    services::events,
    storage::{self, Tx},
};

/// What a browser showed in its cookies: at most one session for each tenant.
#[derive(Debug, Clone, Default)]
pub struct Browser {
    /// Binds interactions and forms to this browser.
    pub secret: Option<Secret>,
    pub sessions: Vec<(Tenant, Presented)>,
}

impl Browser {
    fn session(&self, tenant: &Tenant) -> Option<&Presented> {
        self.sessions.iter().find(|(own, _)| own == tenant).map(|(_, presented)| presented)
    }
}

/// The live session of a browser in a tenant, of a user who may sign in.
pub async fn current(app: &App, call: &Call, browser: &Browser, tenant: &Tenant) -> Result<Option<(Session, User)>, Fault> {
    let Some(presented) = browser.session(tenant) else { return Ok(None) };
    let found = storage::sessions::find_with_user(&app.store.db(), SessionId(presented.key)).await?;
    Ok(found.filter(|(session, user)| {
        session.digest == presented.digest && session.tenant == *tenant && session.is_live(call.now) && user.is_active()
    }))
}

/// A session for a user who was just proven. The same user's session keeps its id and its grants but gets a new secret, so that
/// the old cookie is dead; anyone else's ends. None: the user was disabled or got another password since it was read.
pub async fn start(
    tx: &Tx,
    app: &App,
    call: &Call,
    tenant: &Tenant,
    user: &Credentials,
    authentication: Authentication,
    before: Option<&Session>,
) -> Result<Option<(SessionId, Secret)>, Fault> {
    let make = |id: SessionId| {
        let (secret, digest) = app.randomness.credential(SessionId::PREFIX, id.0);
        let session = Session {
            id,
            digest,
            tenant: *tenant,
            user_id: user.user,
            authentication: authentication.clone(),
            expires_at: call.now + app.config.login.session_lifetime,
            ended_at: None,
        };
        (session, secret)
    };
    match before {
        Some(kept) if kept.user_id == user.user => {
            let (session, secret) = make(kept.id);
            if storage::sessions::renew(tx, &session).await? {
                return Ok(Some((session.id, secret)));
            }
        }
        Some(other) => end(tx, call, other.id).await?,
        None => {}
    }
    let (session, secret) = make(SessionId(app.randomness.uuid_v7(call.now)));
    Ok(storage::sessions::insert(tx, &session, user.password_hash.as_ref()).await?.then_some((session.id, secret)))
}

async fn end(tx: &Tx, call: &Call, id: SessionId) -> Result<(), Fault> {
    storage::sessions::end(tx, id, call.now).await?;
    storage::grants::revoke_of_session(tx, id, RevocationReason::Logout, call.now).await
}

/// Everyone who is signed in with this browser.
pub async fn all(app: &App, call: &Call, browser: &Browser) -> Result<Vec<(Session, User)>, Fault> {
    let mut sessions = Vec::new();
    for (tenant, _) in &browser.sessions {
        sessions.extend(current(app, call, browser, tenant).await?);
    }
    Ok(sessions)
}

/// Ends every session of this browser, and their grants without `offline_access`.
pub async fn sign_out(app: &App, call: &Call, browser: &Browser) -> Result<(), Fault> {
    let sessions = all(app, call, browser).await?;
    if sessions.is_empty() {
        return Ok(());
    }
    let ended = &sessions;
    app.store
        .keep("logout", |tx| async move {
            for (session, _) in ended {
                end(&tx, call, session.id).await?;
            }
            Ok(())
        })
        .await?;
    for (_, user) in &sessions {
        events::tell(call, &Event::SignedOut { user: user.id });
    }
    Ok(())
}
