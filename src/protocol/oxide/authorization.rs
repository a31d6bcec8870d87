//! The authorization request through oxide-auth's `Authorization` machine. RFC 6749 §4.1.1 and §4.1.2.1.

use std::borrow::Cow;

use oxide_auth::{
    code_grant::{
        authorization::{Authorization, Error, Input, Output, Request},
        error::AuthorizationErrorType,
    },
    primitives::{grant::Extensions, registrar::PreGrant},
};

use crate::{
    model::{
        id::ClientId,
        redirect_uri::VerifiedRedirect,
        scope::{InvalidScope, Scope},
    },
    protocol::{
        error::{ErrorCode, OAuthError},
        params::Params,
    },
};

struct View<'a> {
    params: &'a Params,
    redirect: &'a VerifiedRedirect,
}

impl Request for View<'_> {
    fn valid(&self) -> bool {
        true
    }
    fn client_id(&self) -> Option<Cow<'_, str>> {
        self.params.get("client_id").map(Cow::from)
    }
    fn scope(&self) -> Option<Cow<'_, str>> {
        self.params.get("scope").map(Cow::from)
    }
    fn redirect_uri(&self) -> Option<Cow<'_, str>> {
        Some(self.redirect.as_str().into())
    }
    fn state(&self) -> Option<Cow<'_, str>> {
        self.params.get("state").map(Cow::from)
    }
    fn response_type(&self) -> Option<Cow<'_, str>> {
        self.params.get("response_type").map(Cow::from)
    }
    fn extension(&self, key: &str) -> Option<Cow<'_, str>> {
        self.params.get(key).map(Cow::from)
    }
}

/// What the machine decides about: the client was found, its redirect URI verified, a response type that exists found registered.
pub struct Subject<'a> {
    pub params: &'a Params,
    pub client_id: &'a ClientId,
    pub redirect: &'a VerifiedRedirect,
    pub allowed: &'a Scope,
}

/// The scope to be granted: what was asked for and is allowed (OIDC Core §3.1.2.1: the rest is ignored, but not all of it), or all that is
/// allowed where nothing was asked for.
pub fn decide(subject: &Subject) -> Result<Scope, OAuthError> {
    // Before the machine reads it: its reader knows no limit.
    let asked = subject.params.get("scope").map(Scope::parse).transpose()?;
    let view = View { params: subject.params, redirect: subject.redirect };
    let mut machine = Authorization::new(&view);
    let mut granted = Scope::default();
    let mut input = Input::None;
    loop {
        input = match machine.advance(input) {
            Output::Bind { client_id, redirect_uri: Some(redirect) }
                if client_id == subject.client_id.as_str() && redirect.as_str() == subject.redirect.as_str() =>
            {
                Input::Bound {
                    request: &view,
                    bound_client: super::bound_client(subject.client_id.as_str(), subject.redirect.as_str())?,
                }
            }
            Output::Bind { .. } => return Err(super::stuck()),
            Output::Extend => Input::Extended(Extensions::new()),
            Output::Negotiate { bound_client, scope } if super::is_same(scope.as_ref(), asked.as_ref())? => {
                granted = match &asked {
                    Some(asked) => some(asked.within(subject.allowed))?,
                    None => subject.allowed.clone(),
                };
                Input::Negotiated {
                    pre_grant: PreGrant {
                        client_id: bound_client.client_id.clone().into_owned(),
                        redirect_uri: bound_client.redirect_uri.clone().into_owned(),
                        scope: super::in_machine_words(&granted)?,
                    },
                    state: None,
                }
            }
            Output::Ok { .. } => return Ok(granted),
            Output::Negotiate { .. } => return Err(super::stuck()),
            Output::Err(Error::Redirect(mut error)) => return Err(from_machine(error.description().kind())),
            Output::Err(Error::Ignore | Error::PrimitiveError) => return Err(super::stuck()),
        };
    }
}

fn some(scope: Scope) -> Result<Scope, OAuthError> {
    if scope.is_empty() {
        Err(OAuthError::invalid_scope("scope.unknown", "The `scope` names nothing that this client may have."))
    } else {
        Ok(scope)
    }
}

pub(super) fn from_machine(kind: AuthorizationErrorType) -> OAuthError {
    match kind {
        AuthorizationErrorType::UnsupportedResponseType => OAuthError::new(
            ErrorCode::UnsupportedResponseType,
            "response_type.unsupported",
            "The `response_type` is not supported.",
        ),
        AuthorizationErrorType::InvalidScope => InvalidScope::Character.into(),
        AuthorizationErrorType::UnauthorizedClient => OAuthError::new(
            ErrorCode::UnauthorizedClient,
            "response_type.unauthorized",
            "The client may not use this `response_type`.",
        ),
        AuthorizationErrorType::InvalidRequest => {
            OAuthError::invalid_request("grant_machine.invalid_request", "A parameter is missing or malformed.")
        }
        _ => super::stuck(),
    }
}
