//! The client's own token through oxide-auth's `ClientCredentials` machine. RFC 6749 §4.4.

use std::borrow::Cow;

use oxide_auth::{
    code_grant::client_credentials::{ClientCredentials, Input, Output, Request},
    primitives::{grant::Extensions, registrar::PreGrant},
};

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
    /// The client was authenticated before; the machine is told which it is.
    fn authorization(&self) -> Option<(Cow<'_, str>, Cow<'_, [u8]>)> {
        Some((self.client_id.as_str().into(), Cow::Borrowed(&[])))
    }
    fn scope(&self) -> Option<Cow<'_, str>> {
        self.params.get("scope").map(Cow::from)
    }
    fn grant_type(&self) -> Option<Cow<'_, str>> {
        self.params.get("grant_type").map(Cow::from)
    }
    fn extension(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }
}

/// The scope to be granted: exactly what was asked for, or all that is allowed where nothing was asked for.
pub fn decide(params: &Params, client_id: &ClientId, allowed: &Scope) -> Result<Scope, OAuthError> {
    // Before the machine reads it: its reader knows no limit, and calls what it cannot read an invalid request.
    let asked = params.get("scope").map(Scope::parse).transpose()?;
    let view = View { params, client_id };
    let mut machine = ClientCredentials::new(&view);
    let mut granted = Scope::default();
    let mut input = Input::None;
    loop {
        input = match machine.advance(input) {
            Output::Authenticate { client, .. } if client == client_id.as_str() => Input::Authenticated,
            // The grant has no redirect; the machine wants one all the same and never follows it.
            Output::Binding { client_id: own } if own == client_id.as_str() => {
                Input::Bound { bound_client: super::bound_client(client_id.as_str(), "urn:keyward:none")? }
            }
            Output::Extend => Input::Extended { extensions: Extensions::new() },
            Output::Negotiate { bound_client, scope } if super::is_same(scope.as_ref(), asked.as_ref())? => {
                granted = negotiate(asked.as_ref(), allowed)?;
                Input::Negotiated {
                    pre_grant: PreGrant {
                        client_id: bound_client.client_id.clone().into_owned(),
                        redirect_uri: bound_client.redirect_uri.clone().into_owned(),
                        scope: super::in_machine_words(&granted)?,
                    },
                }
            }
            Output::Ok { .. } => return Ok(granted),
            Output::Authenticate { .. } | Output::Binding { .. } | Output::Negotiate { .. } => return Err(super::stuck()),
            Output::Err(mut error) => return Err(super::from_machine(error.description().map(|description| description.kind()))),
        };
    }
}

fn negotiate(asked: Option<&Scope>, allowed: &Scope) -> Result<Scope, OAuthError> {
    let asked = asked.unwrap_or(allowed);
    if asked.is_subset_of(allowed) {
        Ok(asked.clone())
    } else {
        Err(OAuthError::invalid_scope("scope.not_allowed", "The `scope` names something that this client may not have."))
    }
}
