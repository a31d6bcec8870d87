//! The code exchange through oxide-auth's `AccessToken` machine. RFC 6749 §4.1.3.

use std::borrow::Cow;

use oxide_auth::code_grant::accesstoken::{AccessToken, Authorization, Error, Input, Output, Request};
use url::Url;

use crate::{
    model::{code::AuthorizationCode, id::ClientId, scope::Scope},
    protocol::{error::OAuthError, params::Params},
};

struct View<'a> {
    params: &'a Params,
    client_id: &'a ClientId,
    code: &'a AuthorizationCode,
}

impl Request for View<'_> {
    fn valid(&self) -> bool {
        true
    }
    fn code(&self) -> Option<Cow<'_, str>> {
        self.params.get("code").map(Cow::from)
    }
    /// The client was authenticated before; the machine is told which it is.
    fn authorization(&self) -> Authorization<'_> {
        Authorization::Username(self.client_id.as_str().into())
    }
    fn client_id(&self) -> Option<Cow<'_, str>> {
        None
    }
    /// The machine insists on one; where the authorization request named none, the stored one stands in.
    fn redirect_uri(&self) -> Option<Cow<'_, str>> {
        Some(self.params.get("redirect_uri").unwrap_or(&self.code.redirect_uri).into())
    }
    fn grant_type(&self) -> Option<Cow<'_, str>> {
        self.params.get("grant_type").map(Cow::from)
    }
    fn extension(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }
}

/// May this client exchange this code? Expiry, byte-equality of the redirect URI, PKCE and single use are judged outside.
pub fn decide(params: &Params, client_id: &ClientId, code: &AuthorizationCode, granted: &Scope) -> Result<(), OAuthError> {
    let view = View { params, client_id, code };
    let stored_redirect = Url::parse(&code.redirect_uri).map_err(|_| super::stuck())?;
    let mut loaded = Some(super::grant(code.client_id.as_str(), granted, stored_redirect)?);
    let mut machine = AccessToken::new(&view);
    let mut input = Input::None;
    loop {
        input = match machine.advance(input) {
            Output::Authenticate { client, .. } if client == client_id.as_str() => Input::Authenticated,
            Output::Recover { code } if Some(code) == params.get("code") => Input::Recovered(loaded.take()),
            Output::Extend { extensions } => Input::Extended { access_extensions: std::mem::take(extensions) },
            Output::Issue { .. } => return Ok(()),
            Output::Authenticate { .. } | Output::Recover { .. } | Output::Ok(_) => return Err(super::stuck()),
            Output::Err(mut error) => return Err(super::from_machine(kind(&mut error))),
        };
    }
}

fn kind(error: &mut Error) -> Option<oxide_auth::code_grant::error::AccessTokenErrorType> {
    error.description().map(|description| description.kind())
}
