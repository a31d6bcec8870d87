//! Revocation at the client's wish. RFC 7009. A refresh token takes its whole grant along (§2.1); an access token ends alone.

use time::OffsetDateTime;

use crate::{
    app::{App, call::Call},
    model::{
        event::Event,
        fault::Failure,
        grant::RevocationReason,
        id::{AccessTokenId, RefreshTokenId},
        secret::Presented,
    },
    protocol::{error::OAuthError, params::Params},
    services::{client_authentication, events},
    storage,
};

use super::live;

/// Ok for whatever the client could not use anyway: there is nothing to tell it (§2.2).
pub async fn answer(app: &App, call: &Call, authorization: &[&[u8]], params: &Params) -> Result<(), Failure<OAuthError>> {
    params.refuse_repeated().map_err(Failure::Refused)?;
    let registered = client_authentication::prove(app, call, authorization, params).await?;
    let token = params.require("token").map_err(Failure::Refused)?;
    let client = &registered.client;
    let access_token = match Presented::parse(RefreshTokenId::PREFIX, token) {
        Some(_) => None,
        None => live::read(app, call, token).await?.filter(|live| live.client_id == client.id),
    };
    let access_token = access_token.as_ref();
    app.store
        .write("revoke", |tx| async move {
            if let Some(presented) = Presented::parse(RefreshTokenId::PREFIX, token) {
                let found = storage::refresh_tokens::find(&tx, &presented).await?;
                if let Some(token) = found.filter(|token| token.client_id == client.id) {
                    storage::grants::revoke(&tx, token.grant_id, RevocationReason::RevokedByClient, call.now).await?;
                }
            } else if let Some(live) = access_token {
                // Works for both forms: what a JWT has no row for, this mark says.
                let end = OffsetDateTime::from_unix_timestamp(live.expires_at).unwrap_or(call.now);
                storage::revoked_tokens::insert(&tx, live.id, end).await?;
                if Presented::parse(AccessTokenId::PREFIX, token).is_some() {
                    storage::access_tokens::delete(&tx, live.id).await?;
                }
            }
            Ok(())
        })
        .await?;
    events::tell(call, &Event::TokenRevoked { client: client.id.clone() });
    Ok(())
}
