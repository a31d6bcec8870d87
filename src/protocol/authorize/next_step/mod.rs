//! What an authorization needs next. One decision for every page, so that no step can be skipped or guessed. OIDC Core §3.1.2.3 and §3.1.2.4.

use time::{Duration, OffsetDateTime};

use crate::{
    model::{
        authorization_request::AuthorizationRequest,
        consent::Consent,
        interaction::{Decision, Progress},
        names::Prompt,
        session::{Acr, Session},
    },
    protocol::error::{ErrorCode, OAuthError},
};

/// Everything that the decision rests on.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    pub request: &'a AuthorizationRequest,
    pub progress: &'a Progress,
    /// The browser's live session in the client's tenant, of a user who may sign in.
    pub session: Option<&'a Session>,
    /// What that user agreed to for this client, if it may be remembered.
    pub consent: Option<&'a Consent>,
    /// The organization's own app, that nobody else can pose as: consent is only asked for by `prompt=consent`.
    pub needs_no_consent: bool,
    pub now: OffsetDateTime,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NextStep {
    Login(LoginReason),
    Consent,
    /// Everything is there: grant what was asked for.
    Finish,
    Refuse(OAuthError),
}

/// Why the login page is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginReason {
    NoSession,
    /// Signed in, but it must be proven again.
    Again,
    ChooseAccount,
    /// Someone else is signed in than the client expects.
    OtherUser,
}

pub fn decide(situation: Situation) -> NextStep {
    let Situation { request, progress, .. } = situation;
    if progress.decision == Some(Decision::Denied) {
        return refuse(ErrorCode::AccessDenied, "user.denied", "The user declined.");
    }
    if !is_acr_reachable(request) {
        return refuse(
            ErrorCode::UnmetAuthenticationRequirements,
            "acr.unreachable",
            "The essential `acr` cannot be reached by this server.",
        );
    }
    match login_needed(&situation) {
        Some(reason) if request.asks(Prompt::None) => {
            return refuse(ErrorCode::LoginRequired, login_reason_tag(reason), "The user must sign in, but `prompt` is none.");
        }
        Some(LoginReason::OtherUser) if progress.signed_in.is_some() => {
            return refuse(ErrorCode::LoginRequired, "session.other_user", "Someone else signed in than the request expects.");
        }
        Some(reason) => return NextStep::Login(reason),
        None => {}
    }
    match consent_needed(&situation) {
        true if request.asks(Prompt::None) => {
            refuse(ErrorCode::ConsentRequired, "consent.missing", "The user must consent, but `prompt` is none.")
        }
        true => NextStep::Consent,
        false => NextStep::Finish,
    }
}

fn login_needed(situation: &Situation) -> Option<LoginReason> {
    let Situation { request, progress, session, now, .. } = situation;
    let Some(session) = session else { return Some(LoginReason::NoSession) };
    let is_proven_here = progress.signed_in == Some(session.id);
    let is_too_old = request.max_age.is_some_and(|seconds| {
        let age = *now - session.authentication.at;
        age > Duration::seconds(i64::try_from(seconds).unwrap_or(i64::MAX))
    });
    if request.expected_user.is_some_and(|user| user != session.user_id) {
        Some(LoginReason::OtherUser)
    } else if !is_proven_here && (request.asks(Prompt::Login) || is_too_old) {
        Some(LoginReason::Again)
    } else if request.asks(Prompt::SelectAccount) && !is_proven_here && progress.chosen != Some(session.id) {
        Some(LoginReason::ChooseAccount)
    } else {
        None
    }
}

fn consent_needed(situation: &Situation) -> bool {
    let Situation { request, progress, session, consent, needs_no_consent, .. } = situation;
    let is_allowed_here = session.is_some_and(|session| progress.decision == Some(Decision::Allowed { session: session.id }));
    let is_remembered =
        consent.is_some_and(|consent| consent.covers(&request.scope, &request.claims, request.resource.as_deref()));
    !is_allowed_here && (request.asks(Prompt::Consent) || !(*needs_no_consent || is_remembered))
}

fn is_acr_reachable(request: &AuthorizationRequest) -> bool {
    request.essential_acr.is_empty() || request.essential_acr.iter().any(|acr| acr.parse::<Acr>().is_ok())
}

fn login_reason_tag(reason: LoginReason) -> &'static str {
    match reason {
        LoginReason::NoSession => "session.missing",
        LoginReason::Again => "session.too_old",
        LoginReason::ChooseAccount => "session.not_chosen",
        LoginReason::OtherUser => "session.other_user",
    }
}

fn refuse(code: ErrorCode, reason: &'static str, description: &'static str) -> NextStep {
    NextStep::Refuse(OAuthError::new(code, reason, description))
}

#[cfg(test)]
mod tests;
