//! The token endpoint: the phases that every grant goes through, in this order. RFC 6749 §3.2.

mod grants;
pub mod introspect;
pub mod issue;
pub mod live;
pub mod revoke;

use crate::{
    app::{App, call::Call},
    model::{client::Client, fault::Failure, names::GrantType},
    protocol::{
        error::{ErrorCode, OAuthError},
        params::Params,
        token::response::TokenResponse,
    },
};

use super::{client_authentication, signing_keys};

/// `authorization` holds every `Authorization` header of the request.
pub async fn answer(
    app: &App,
    call: &Call,
    authorization: &[&[u8]],
    params: &Params,
) -> Result<TokenResponse, Failure<OAuthError>> {
    let grant_type = params.require("grant_type").map_err(Failure::Refused)?;
    let registered = client_authentication::prove(app, call, authorization, params).await?;
    let client = &registered.client;
    let grant_type = allowed(grant_type, client).map_err(Failure::Refused)?;
    let redeemed = match grant_type {
        GrantType::ClientCredentials => grants::client_credentials::redeem(app, call, client, params).await,
        GrantType::AuthorizationCode => grants::authorization_code::redeem(app, call, client, params).await,
        GrantType::RefreshToken => grants::refresh_token::redeem(app, call, client, params).await,
    };
    // Nothing but the deletion of its client takes away what a token hangs from.
    let plan = redeemed.map_err(|failure| failure.where_orphaned(OAuthError::invalid_client("client.deleted")))?;
    signing_keys::refresh(app, call.now).await?;
    // Signed after the commit: nothing is held open for it, and if it fails no code yields a second set of tokens.
    let response = issue::sign(app, call, plan)?;
    metrics::counter!("keyward_tokens_issued_total", "grant_type" => grant_type.as_str()).increment(1);
    Ok(response)
}

fn allowed(grant_type: &str, client: &Client) -> Result<GrantType, OAuthError> {
    let known: GrantType = grant_type.parse().map_err(|_| {
        OAuthError::new(ErrorCode::UnsupportedGrantType, "grant_type.unsupported", "The `grant_type` is not supported.")
    })?;
    if client.metadata.may_use(known) {
        Ok(known)
    } else {
        Err(OAuthError::new(
            ErrorCode::UnauthorizedClient,
            "grant_type.unauthorized",
            "The client is not registered for this `grant_type`.",
        ))
    }
}
