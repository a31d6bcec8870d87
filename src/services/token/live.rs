//! What an access token means at this moment: signature or digest, then everything it hangs from. Seen at once by whoever asks.

use std::sync::Arc;

use crate::{
    app::{App, call::Call, verified::Known},
    model::{
        client::Client,
        fault::Fault,
        grant::Grant,
        id::{AccessTokenId, ClientId, GrantId},
        scope::Scope,
        secret::{Digest, Presented},
        tenant::Tenant,
        user::User,
    },
    protocol::{
        jose::jws::{self, Expected, Expiry},
        token::access_token::{self, AccessTokenClaims, Audience},
    },
    services::signing_keys,
    storage,
};

/// A token that is good now.
#[derive(Debug)]
pub struct LiveToken {
    pub id: AccessTokenId,
    pub tenant: Tenant,
    pub client_id: ClientId,
    pub scope: Scope,
    pub audience: Audience,
    pub issued_at: i64,
    pub expires_at: i64,
    /// None: the client acts for itself.
    pub user: Option<Box<(User, Grant)>>,
    /// Of a client made at this instant, and of no other with its identifier. None: what it hangs from goes with its client.
    client_id_issued_at: Option<i64>,
}

impl LiveToken {
    pub fn subject(&self) -> String {
        match &self.user {
            Some(user) => user.0.id.to_string(),
            None => self.client_id.to_string(),
        }
    }
}

/// None for anything that is not a live access token of ours; why not is nobody's business.
pub async fn read(app: &App, call: &Call, token: &str) -> Result<Option<LiveToken>, Fault> {
    let read = match Presented::parse(AccessTokenId::PREFIX, token) {
        Some(presented) => read_opaque(app, call, &presented).await?,
        None => read_jwt(app, call, token).await?,
    };
    let Some(token) = read else { return Ok(None) };
    let client = app.store.client(&token.client_id).await?;
    let is_its_client = |client: &Client| {
        client.tenant == token.tenant && token.client_id_issued_at.is_none_or(|at| at == client.created_at.unix_timestamp())
    };
    Ok(client.is_some_and(|client| is_its_client(&client.client)).then_some(token))
}

async fn read_opaque(app: &App, call: &Call, presented: &Presented) -> Result<Option<LiveToken>, Fault> {
    let Some(token) = storage::access_tokens::find(&app.store.db(), presented).await? else { return Ok(None) };
    if token.expires_at <= call.now {
        return Ok(None);
    }
    let Some(user) = holder(app, token.grant_id, token.id, token.tenant).await? else { return Ok(None) };
    let mut audience = token.audience;
    Ok(Some(LiveToken {
        id: token.id,
        tenant: token.tenant,
        client_id: token.client_id,
        scope: token.scope,
        audience: if audience.len() == 1 { Audience::One(audience.remove(0)) } else { Audience::Several(audience) },
        issued_at: token.issued_at.unix_timestamp(),
        expires_at: token.expires_at.unix_timestamp(),
        user,
        client_id_issued_at: None,
    }))
}

async fn read_jwt(app: &App, call: &Call, token: &str) -> Result<Option<LiveToken>, Fault> {
    signing_keys::refresh(app, call.now).await?;
    let Some(known) = signed(app, call, token) else { return Ok(None) };
    let claims = &known.claims;
    let tenant = claims.tenant();
    let Some(user) = holder(app, claims.grant_id, claims.jti, tenant).await? else { return Ok(None) };
    Ok(Some(LiveToken {
        id: claims.jti,
        tenant,
        client_id: claims.client_id.clone(),
        scope: claims.scope.clone(),
        audience: claims.aud.clone(),
        issued_at: claims.iat,
        expires_at: claims.exp,
        user,
        client_id_issued_at: claims.client_id_issued_at,
    }))
}

/// What a token says if one of our published keys signed it and its time has not ended.
fn signed(app: &App, call: &Call, token: &str) -> Option<Arc<Known>> {
    let key = |kid: &str| app.keys.verifier(kid, call.now);
    let digest = Digest::of(token);
    if let Some(known) = app.verified.find(&digest) {
        return (known.claims.exp > call.now.unix_timestamp() && key(&known.kid).is_some()).then_some(known);
    }
    let expected = Expected {
        types: &[Some(access_token::TYPE)],
        issuer: Some(app.config.issuer.as_str()),
        audience: &[],
        expiry: Expiry::Checked { now: call.now, leeway: time::Duration::ZERO },
    };
    let mut signed_with = None;
    let claims = jws::verify::<AccessTokenClaims>(token, &expected, |header| {
        signed_with.clone_from(&header.kid);
        key(header.kid.as_deref()?)
    });
    Some(app.verified.keep(&digest, Known { kid: signed_with?, claims: claims.ok()? }))
}

/// The user behind a token and the grant it hangs from; none if either is gone, or the token itself was revoked.
async fn holder(
    app: &App,
    grant: Option<GrantId>,
    token: AccessTokenId,
    tenant: Tenant,
) -> Result<Option<Option<Box<(User, Grant)>>>, Fault> {
    let db = app.store.db();
    let Some(grant) = grant else {
        let is_revoked = storage::revoked_tokens::is_revoked(&db, token).await?;
        return Ok((!is_revoked).then_some(None));
    };
    let live = storage::grants::liveness(&db, grant, Some(token)).await?;
    Ok(live
        .filter(|live| {
            !live.token_revoked && live.grant.revoked.is_none() && live.user.is_active() && live.grant.tenant == tenant
        })
        .map(|live| Some(Box::new((live.user, live.grant)))))
}
