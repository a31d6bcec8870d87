//! The refresh through oxide-auth's `Refresh` machine. RFC 6749 §6.

use std::borrow::Cow;

use oxide_auth::code_grant::refresh::{Input, Output, Refresh, Request};
use url::Url;

use crate::{
    model::{id::ClientId, scope::Scope},
    protocol::{error::OAuthError, params::Params},
};

struct View<'a> {
    params: &'a Params,
    client_id: &'a ClientId,
}

impl Request for View<'_> {
    fn valid(&self) -> bool {
        true
    }
    fn refresh_token(&self) -> Option<Cow<'_, str>> {
        self.params.get("refresh_token").map(Cow::from)
    }
    fn scope(&self) -> Option<Cow<'_, str>> {
        self.params.get("scope").map(Cow::from)
    }
    fn grant_type(&self) -> Option<Cow<'_, str>> {
        self.params.get("grant_type").map(Cow::from)
    }
    /// The client was authenticated before; the machine is told which it is.
    fn authorization(&self) -> Option<(Cow<'_, str>, Cow<'_, [u8]>)> {
        Some((self.client_id.as_str().into(), Cow::Borrowed(&[])))
    }
    fn extension(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }
}

/// The scope of this answer: the granted one, or a narrower one that was asked for. The grant itself keeps its scope.
pub fn decide(params: &Params, client_id: &ClientId, token_client: &ClientId, granted: &Scope) -> Result<Scope, OAuthError> {
    // Before the machine reads it: its reader knows no limit.
    let narrowed = params.get("scope").map(Scope::parse).transpose()?;
    let view = View { params, client_id };
    let asked = || params.get("scope").map(Cow::from);
    let nowhere = Url::parse("urn:keyward:none").map_err(|_| super::stuck())?;
    let mut loaded = Some(super::grant(token_client.as_str(), granted, nowhere)?);
    let mut machine = Refresh::new(&view);
    let mut input = Input::None;
    loop {
        input = match machine.advance(input) {
            Output::Unauthenticated { client, .. } if client == client_id.as_str() => Input::Authenticated { scope: asked() },
            Output::RecoverRefresh { token } if Some(token) == params.get("refresh_token") => {
                Input::Recovered { scope: asked(), grant: loaded.take() }
            }
            Output::Refresh { .. } => return Ok(narrowed.unwrap_or_else(|| granted.clone())),
            Output::Unauthenticated { .. } | Output::RecoverRefresh { .. } | Output::Ok(_) => return Err(super::stuck()),
            Output::Err(mut error) => return Err(super::from_machine(error.description().map(|description| description.kind()))),
        };
    }
}
