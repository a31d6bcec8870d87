//! Telling a resource server what a token means. RFC 7662.

use crate::{
    app::{App, call::Call},
    model::{client::Client, fault::Failure, id::RefreshTokenId, secret::Presented},
    protocol::{
        error::OAuthError,
        params::Params,
        token::introspection::{ActiveToken, Introspection, may_see},
    },
    services::client_authentication,
    storage,
};

use super::live;

pub async fn answer(
    app: &App,
    call: &Call,
    authorization: &[&[u8]],
    params: &Params,
) -> Result<Introspection, Failure<OAuthError>> {
    let registered = client_authentication::prove(app, call, authorization, params).await?;
    let caller = &registered.client;
    if caller.metadata.is_public() {
        return Err(Failure::Refused(OAuthError::invalid_client("introspection.public_client")));
    }
    let token = params.require("token").map_err(Failure::Refused)?;
    let found = match Presented::parse(RefreshTokenId::PREFIX, token) {
        Some(presented) => refresh_token(app, call, caller, &presented).await?,
        None => access_token(app, call, caller, token).await?,
    };
    Ok(found.map_or(Introspection::INACTIVE, |token| Introspection::Active(Box::new(token))))
}

async fn access_token(app: &App, call: &Call, caller: &Client, token: &str) -> Result<Option<ActiveToken>, Failure<OAuthError>> {
    let Some(token) = live::read(app, call, token).await? else { return Ok(None) };
    Ok(may_see(caller, &token.client_id, token.tenant, Some(&token.audience)).then(|| ActiveToken {
        active: true,
        sub: token.subject(),
        username: token.user.as_ref().and_then(|user| user.0.username.clone()),
        scope: token.scope,
        client_id: token.client_id,
        token_type: Some("Bearer"),
        exp: token.expires_at,
        iat: token.issued_at,
        aud: Some(token.audience),
        iss: app.config.issuer.to_string(),
        jti: Some(token.id.to_string()),
        org_id: token.tenant.organization,
        env: token.tenant.environment,
    }))
}

/// A refresh token is seen by its own client only.
async fn refresh_token(
    app: &App,
    call: &Call,
    caller: &Client,
    presented: &Presented,
) -> Result<Option<ActiveToken>, Failure<OAuthError>> {
    let db = app.store.db();
    let Some(token) = storage::refresh_tokens::find(&db, presented).await? else { return Ok(None) };
    let is_unused = token.use_state == crate::model::token::RefreshUse::Unused;
    if !is_unused || token.has_expired(call.now) || !may_see(caller, &token.client_id, token.tenant, None) {
        return Ok(None);
    }
    let live = storage::grants::liveness(&db, token.grant_id, None).await?;
    let live = live.filter(|live| live.grant.revoked.is_none() && live.user.is_active());
    Ok(live.map(|live| ActiveToken {
        active: true,
        scope: live.grant.scope,
        client_id: token.client_id,
        username: live.user.username,
        token_type: None,
        exp: token.idle_expires_at.min(token.absolute_expires_at).unix_timestamp(),
        iat: token.issued_at.unix_timestamp(),
        sub: live.grant.user_id.to_string(),
        aud: None,
        iss: app.config.issuer.to_string(),
        jti: None,
        org_id: token.tenant.organization,
        env: token.tenant.environment,
    }))
}
