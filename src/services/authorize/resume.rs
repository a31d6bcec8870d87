//! After each page: look again at everything and decide what comes next. Also what the pages show and what they record.

use crate::{
    app::{App, call::Call},
    model::{
        event::Event,
        fault::{Failure, Fault},
        id::{InteractionId, UserId},
        interaction::{Decision, Interaction, Progress},
        secret::Digest,
    },
    protocol::authorize::next_step::{LoginReason, NextStep},
    services::{
        events,
        login::session::{self, Browser},
    },
    storage,
};

use super::{ConsentView, LoginView, Outcome, Page, Stopped, View, begin::refuse, finish};

/// Where an interaction goes from here.
pub async fn resume(app: &App, call: &Call, browser: &Browser, id: InteractionId) -> Result<Outcome, Failure<Stopped>> {
    let (interaction, view) = load(app, call, browser, id).await?;
    match view.next(call, &interaction.request, &interaction.progress) {
        NextStep::Login(_) => Ok(Outcome::Page(Page::Login, id)),
        NextStep::Consent => Ok(Outcome::Page(Page::Consent, id)),
        NextStep::Finish => match finish::interaction(app, call, &view, interaction).await? {
            Some(outcome) => Ok(outcome),
            None => Box::pin(resume(app, call, browser, id)).await,
        },
        NextStep::Refuse(error) => {
            let is_ours = app.store.write("authorize.refuse", |tx| async move {
                Ok::<_, Failure<Stopped>>(storage::interactions::finish(&tx, id, call.now).await?)
            });
            if is_ours.await? { Ok(refuse(app, interaction, error)) } else { Err(Failure::Refused(Stopped::Used)) }
        }
    }
}

/// A live interaction of this browser.
pub async fn find(app: &App, call: &Call, browser: &Browser, id: InteractionId) -> Result<Interaction, Failure<Stopped>> {
    let found = storage::interactions::find(&app.store.db(), id).await?;
    let interaction = match found {
        Some(interaction) if interaction.is_live(call.now) => interaction,
        Some(interaction) if interaction.finished_at.is_some() => return Err(Failure::Refused(Stopped::Used)),
        Some(_) | None => return Err(Failure::Refused(Stopped::Expired)),
    };
    let is_its_browser = browser.secret.as_ref().is_some_and(|secret| Digest::of(secret.reveal()) == interaction.browser);
    if is_its_browser { Ok(interaction) } else { Err(Failure::Refused(Stopped::OtherBrowser)) }
}

async fn load(app: &App, call: &Call, browser: &Browser, id: InteractionId) -> Result<(Interaction, View), Failure<Stopped>> {
    let interaction = find(app, call, browser, id).await?;
    let client = app.store.client(&interaction.request.client_id).await?.ok_or(Failure::Refused(Stopped::Expired))?;
    let session = session::current(app, call, browser, &interaction.tenant).await?;
    if let (None, Some(signed_in)) = (&session, interaction.progress.signed_in) {
        let found = storage::sessions::find_with_user(&app.store.db(), signed_in).await?;
        if found.is_some_and(|(_, user)| !user.is_active()) {
            return Err(Failure::Refused(Stopped::Disabled));
        }
    }
    let view = View::load(app, client, session, &interaction.request).await?;
    Ok((interaction, view))
}

/// What the login page shows; none when login is not what comes next, unless the user wants to be someone else.
pub async fn login_view(
    app: &App,
    call: &Call,
    browser: &Browser,
    id: InteractionId,
    is_switching: bool,
) -> Result<Option<LoginView>, Failure<Stopped>> {
    let (interaction, view) = load(app, call, browser, id).await?;
    let reason = match view.next(call, &interaction.request, &interaction.progress) {
        NextStep::Login(reason) => reason,
        NextStep::Consent | NextStep::Finish if is_switching => LoginReason::NoSession,
        NextStep::Consent | NextStep::Finish | NextStep::Refuse(_) => return Ok(None),
    };
    let again = match reason {
        LoginReason::Again => view.session.as_ref().map(|(_, user)| user.clone()),
        // Whom the request expects is not looked up: anybody can send a `sub`, and it must tell them nothing.
        LoginReason::NoSession | LoginReason::ChooseAccount | LoginReason::OtherUser => None,
    };
    let organization = app.store.organization(interaction.tenant.organization).await?;
    Ok(Some(LoginView {
        reason,
        client: view.client,
        redirect_uri: interaction.request.redirect.as_str().to_owned(),
        organization: organization.ok_or_else(|| Fault::new("a client has no organization"))?,
        signed_in: view.session.map(|(_, user)| user),
        again,
        login_hint: interaction.request.login_hint,
        ui_locales: interaction.request.ui_locales,
    }))
}

/// What the consent page shows; none when consent is not what comes next.
pub async fn consent_view(
    app: &App,
    call: &Call,
    browser: &Browser,
    id: InteractionId,
) -> Result<Option<ConsentView>, Failure<Stopped>> {
    let (interaction, view) = load(app, call, browser, id).await?;
    if view.next(call, &interaction.request, &interaction.progress) != NextStep::Consent {
        return Ok(None);
    }
    let organization = app.store.organization(interaction.tenant.organization).await?;
    let (_, user) = view.session.ok_or_else(|| Fault::new("consent without a session"))?;
    Ok(Some(ConsentView {
        client: view.client,
        organization: organization.ok_or_else(|| Fault::new("a client has no organization"))?,
        user,
        request: interaction.request,
        before: view.consent,
    }))
}

/// Records what this user decided on the consent page. Allowing what nobody asks, or what someone else is asked by now, changes nothing;
/// a no is a no, whoever says it.
pub async fn decide(
    app: &App,
    call: &Call,
    browser: &Browser,
    id: InteractionId,
    account: Option<UserId>,
    is_allowed: bool,
) -> Result<(), Failure<Stopped>> {
    let (interaction, view) = load(app, call, browser, id).await?;
    if is_allowed && view.next(call, &interaction.request, &interaction.progress) != NextStep::Consent {
        return Ok(());
    }
    let Some((session, user)) = view.session.filter(|(_, user)| !is_allowed || Some(user.id) == account) else { return Ok(()) };
    let decision = if is_allowed { Decision::Allowed { session: session.id } } else { Decision::Denied };
    record(app, id, |progress| progress.decision = Some(decision)).await?;
    let client = interaction.request.client_id;
    events::tell(
        call,
        &if is_allowed { Event::ConsentGiven { user: user.id, client } } else { Event::ConsentDenied { user: user.id, client } },
    );
    Ok(())
}

/// The user turned back at the login page: the client is told `access_denied`.
pub async fn cancel(app: &App, call: &Call, browser: &Browser, id: InteractionId) -> Result<(), Failure<Stopped>> {
    find(app, call, browser, id).await?;
    record(app, id, |progress| progress.decision = Some(Decision::Denied)).await
}

/// The user goes on with this account, if it is the one that is signed in.
pub async fn choose(
    app: &App,
    call: &Call,
    browser: &Browser,
    id: InteractionId,
    account: Option<UserId>,
) -> Result<(), Failure<Stopped>> {
    let interaction = find(app, call, browser, id).await?;
    let current = session::current(app, call, browser, &interaction.tenant).await?;
    let Some((session, _)) = current.filter(|(_, user)| Some(user.id) == account) else { return Ok(()) };
    record(app, id, |progress| progress.chosen = Some(session.id)).await
}

async fn record(
    app: &App,
    id: InteractionId,
    change: impl Fn(&mut Progress) + Copy + Send + Sync,
) -> Result<(), Failure<Stopped>> {
    app.store
        .write("authorize.progress", |tx| async move {
            match storage::interactions::change_progress(&tx, id, change).await? {
                true => Ok(()),
                false => Err(Failure::Refused(Stopped::Expired)),
            }
        })
        .await
}
