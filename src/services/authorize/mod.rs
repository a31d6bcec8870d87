//! The authorization endpoint: begin, resume after each page, finish. What comes next is decided by `protocol::authorize::next_step` alone.

pub mod begin;
mod finish;
pub mod resume;

use std::sync::Arc;

use crate::{
    app::{App, call::Call},
    model::{
        authorization_request::AuthorizationRequest,
        client::RegisteredClient,
        consent::Consent,
        fault::{Failure, Fault},
        id::InteractionId,
        interaction::Progress,
        secret::Secret,
        session::Session,
        user::User,
    },
    protocol::{
        authorize::{
            Doubt,
            next_step::{self, LoginReason, NextStep, Situation},
        },
        response_mode::Delivery,
    },
    storage,
};

/// Where the browser goes now.
#[derive(Debug)]
pub enum Outcome {
    /// The client gets its answer.
    Answer(Delivery),
    Page(Page, InteractionId),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    Login,
    Consent,
}

/// Why a request or an interaction ends at a page of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    Doubt(Doubt),
    /// The interaction is unknown or too old.
    Expired,
    /// It has given its answer already.
    Used,
    /// It was begun by another browser.
    OtherBrowser,
    /// Who signed in here was disabled since.
    Disabled,
}

/// Nothing but the deletion of its client takes away what an authorization writes to.
fn client_gone(failure: Failure<Stopped>) -> Failure<Stopped> {
    failure.where_orphaned(Stopped::Doubt(Doubt::ClientUnknown))
}

/// A live session and whose it is.
type SignedIn = (Session, User);

/// One look at an authorization under way: everything that the next step depends on.
struct View {
    client: Arc<RegisteredClient>,
    /// The browser's live session in the client's tenant, of a user who may sign in.
    session: Option<SignedIn>,
    consent: Option<Consent>,
    /// The organization's own app, and not one that any program on the device can pose as.
    needs_no_consent: bool,
}

impl View {
    async fn load(
        app: &App,
        client: Arc<RegisteredClient>,
        session: Option<SignedIn>,
        request: &AuthorizationRequest,
    ) -> Result<Self, Fault> {
        let metadata = &client.client.metadata;
        let can_be_remembered = metadata.consent_can_be_remembered(request.redirect.as_str());
        let needs_no_consent = can_be_remembered && metadata.first_party;
        let consent = match &session {
            Some((session, _)) if can_be_remembered && !needs_no_consent => {
                let resource = request.resource.as_deref();
                storage::consents::find(&app.store.db(), &request.tenant, session.user_id, &request.client_id, resource).await?
            }
            _ => None,
        };
        Ok(Self { client, session, consent, needs_no_consent })
    }

    fn next(&self, call: &Call, request: &AuthorizationRequest, progress: &Progress) -> NextStep {
        next_step::decide(Situation {
            request,
            progress,
            session: self.session.as_ref().map(|(session, _)| session),
            consent: self.consent.as_ref(),
            needs_no_consent: self.needs_no_consent,
            now: call.now,
        })
    }
}

/// What the login page has to know.
#[derive(Debug)]
pub struct LoginView {
    pub reason: LoginReason,
    pub client: Arc<RegisteredClient>,
    pub redirect_uri: String,
    pub organization: Arc<crate::model::organization::Organization>,
    /// Who is signed in now, if anyone.
    pub signed_in: Option<User>,
    /// Who is signed in and must be proven again: the name is filled in.
    pub again: Option<User>,
    pub login_hint: Option<String>,
    pub ui_locales: Option<String>,
}

/// What the consent page has to know.
#[derive(Debug)]
pub struct ConsentView {
    pub client: Arc<RegisteredClient>,
    pub organization: Arc<crate::model::organization::Organization>,
    pub user: User,
    pub request: AuthorizationRequest,
    /// What was agreed to before, if this is asked again for more.
    pub before: Option<Consent>,
}

/// The secret that binds an interaction to a browser: the one it has, or a fresh one.
fn browser_secret(app: &App, present: Option<&Secret>) -> Secret {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    present.cloned().unwrap_or_else(|| Secret::new(URL_SAFE_NO_PAD.encode(app.randomness.bytes::<32>())))
}
