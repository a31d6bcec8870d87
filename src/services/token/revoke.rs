//! Revocation at the client's wish. RFC 7009. A refresh token takes its whole grant along (§2.1); an access token ends alone.

use time::OffsetDateTime;

use crate::{
    app::{App, call::Call},
    model::{
        client::Client,
        event::Event,
        fault::Failure,
        grant::RevocationReason,
        id::{AccessTokenId, RefreshTokenId},
        secret::Presented,
    },
    protocol::{error::OAuthError, params::Params},
    services::{client_authentication, events},
    storage::{self, Inserted},
};

use super::live;

/// Ok for whatever the client could not use anyway: there is nothing to tell it (§2.2).
pub async fn answer(app: &App, call: &Call, authorization: &[&[u8]], params: &Params) -> Result<(), Failure<OAuthError>> {
    let registered = client_authentication::prove(app, call, authorization, params).await?;
    let token = params.require("token").map_err(Failure::Refused)?;
    let client = &registered.client;
    let was_alive = match Presented::parse(RefreshTokenId::PREFIX, token) {
        Some(presented) => end_grant(app, call, client, &presented).await?,
        None => end_access_token(app, call, client, token).await?,
    };
    if was_alive {
        events::tell(call, &Event::TokenRevoked { client: client.id.clone() });
    }
    Ok(())
}

async fn end_grant(app: &App, call: &Call, client: &Client, presented: &Presented) -> Result<bool, Failure<OAuthError>> {
    app.store
        .write("revoke", |tx| async move {
            let found = storage::refresh_tokens::find(&tx, presented).await?;
            let Some(token) = found.filter(|token| token.client_id == client.id) else { return Ok(false) };
            Ok(storage::grants::revoke(&tx, token.grant_id, RevocationReason::RevokedByClient, call.now).await?)
        })
        .await
}

/// An opaque one is deleted; a JWT, which has no row, leaves a mark.
async fn end_access_token(app: &App, call: &Call, client: &Client, token: &str) -> Result<bool, Failure<OAuthError>> {
    let live = live::read(app, call, token).await?.filter(|live| live.client_id == client.id);
    let Some(live) = live else { return Ok(false) };
    let is_opaque = Presented::parse(AccessTokenId::PREFIX, token).is_some();
    let end = OffsetDateTime::from_unix_timestamp(live.expires_at).unwrap_or(call.now);
    app.store
        .write("revoke", |tx| async move {
            Ok(match is_opaque {
                true => storage::access_tokens::delete(&tx, live.id).await?,
                false => storage::revoked_tokens::insert(&tx, live.id, end).await? == Inserted::Now,
            })
        })
        .await
}
