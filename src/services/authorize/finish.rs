//! The end of an authorization: one write for the grant and its code, then the answer. RFC 6749 §4.1.2.

use time::Duration;

use crate::{
    app::{App, call::Call},
    model::{
        authorization_request::AuthorizationRequest,
        code::AuthorizationCode,
        consent::Consent,
        event::Event,
        fault::{Failure, Fault},
        grant::Grant,
        id::{CodeId, GrantId},
        interaction::{Decision, Interaction},
        names::GrantType,
        secret::Secret,
    },
    protocol::{authorize::response, response_mode},
    services::events,
    storage,
};

use super::{Outcome, SignedIn, Stopped, View, client_gone};

/// Nothing had to be asked: there is no interaction. None: the session has ended since the view was loaded.
pub async fn at_once(
    app: &App,
    call: &Call,
    view: &View,
    request: AuthorizationRequest,
) -> Result<Option<Outcome>, Failure<Stopped>> {
    let signed_in = view.session.as_ref().ok_or_else(|| Fault::new("an authorization finished without a session"))?;
    let (grant, code, secret) = plan(app, call, view, signed_in, &request);
    let (grant, code) = (&grant, &code);
    let is_given = app.store.write("authorize.finish", |tx| async move {
        let is_given = storage::grants::insert(&tx, grant).await?;
        if is_given {
            storage::codes::insert(&tx, code).await?;
        }
        Ok::<_, Failure<Stopped>>(is_given)
    });
    Ok(is_given.await.map_err(client_gone)?.then(|| answer(app, call, request, &secret)))
}

/// The last step of an interaction; it gives one answer only, whoever asks twice. None: the session has ended since the view was loaded.
pub async fn interaction(
    app: &App,
    call: &Call,
    view: &View,
    interaction: Interaction,
) -> Result<Option<Outcome>, Failure<Stopped>> {
    let signed_in = view.session.as_ref().ok_or_else(|| Fault::new("an authorization finished without a session"))?;
    let (grant, code, secret) = plan(app, call, view, signed_in, &interaction.request);
    let consent = consent_to_remember(call, view, signed_in, &interaction);
    let (grant, code, consent) = (&grant, &code, &consent);
    let is_given = app.store.write("authorize.finish", |tx| async move {
        if !storage::grants::insert(&tx, grant).await? {
            return Ok(false);
        }
        if !storage::interactions::finish(&tx, interaction.id, call.now).await? {
            // A refusal commits, so what was written for it goes.
            storage::grants::delete(&tx, grant.id).await?;
            return Err(Failure::Refused(Stopped::Used));
        }
        if let Some(consent) = consent {
            storage::consents::upsert(&tx, consent).await?;
        }
        storage::codes::insert(&tx, code).await?;
        Ok(true)
    });
    Ok(is_given.await.map_err(client_gone)?.then(|| answer(app, call, interaction.request, &secret)))
}

fn plan(
    app: &App,
    call: &Call,
    view: &View,
    (session, user): &SignedIn,
    request: &AuthorizationRequest,
) -> (Grant, AuthorizationCode, Secret) {
    let tokens = &app.config.tokens;
    let may_refresh = view.client.client.metadata.may_use(GrantType::RefreshToken);
    // The last refresh still yields tokens.
    let refreshing = if may_refresh { tokens.refresh_absolute } else { Duration::ZERO };
    let grant = Grant {
        id: GrantId(app.randomness.uuid_v7(call.now)),
        tenant: request.tenant,
        client_id: request.client_id.clone(),
        user_id: user.id,
        session_id: session.id,
        scope: request.scope.clone(),
        resource: request.resource.clone(),
        claims: request.claims.clone(),
        authentication: session.authentication.clone(),
        created_at: call.now,
        expires_at: call.now + tokens.code + refreshing + tokens.access.max(tokens.id_token),
        revoked: None,
    };
    let id = CodeId(app.randomness.uuid_v7(call.now));
    let (secret, digest) = app.randomness.credential(CodeId::PREFIX, id.0);
    let code = AuthorizationCode {
        id,
        digest,
        tenant: request.tenant,
        grant_id: grant.id,
        client_id: request.client_id.clone(),
        redirect_uri: request.redirect.as_str().to_owned(),
        redirect_uri_was_sent: request.redirect_uri_was_sent,
        code_challenge: request.code_challenge.clone(),
        nonce: request.nonce.clone(),
        expires_at: call.now + tokens.code,
        consumed_at: None,
    };
    (grant, code, secret)
}

/// What the user agreed to just now, where it may be remembered; together with what was agreed to before.
fn consent_to_remember(call: &Call, view: &View, (session, user): &SignedIn, interaction: &Interaction) -> Option<Consent> {
    let request = &interaction.request;
    let was_asked = interaction.progress.decision == Some(Decision::Allowed { session: session.id });
    let may_remember = view.client.client.metadata.consent_can_be_remembered(request.redirect.as_str());
    let names = request.claims.userinfo.keys().chain(request.claims.id_token.keys());
    let mut claims: Vec<String> = names.cloned().collect();
    let mut scope = request.scope.clone();
    if let Some(before) = &view.consent {
        scope = before.scope.union(&scope);
        claims.extend(before.claims.iter().cloned());
    }
    claims.sort_unstable();
    claims.dedup();
    (was_asked && may_remember).then(|| Consent {
        tenant: request.tenant,
        user_id: user.id,
        client_id: request.client_id.clone(),
        resource: request.resource.clone(),
        scope,
        claims,
        given_at: call.now,
    })
}

fn answer(app: &App, call: &Call, request: AuthorizationRequest, code: &Secret) -> Outcome {
    tell_of_reuse(app, call, &request);
    let response = response::success(request.redirect, request.response_mode, code, request.state, &app.config.issuer);
    Outcome::Answer(response_mode::encode(response))
}

/// RFC 9700 §2.1.1: each is made for one transaction. A client that keeps them harms itself only, so it is served.
fn tell_of_reuse(app: &App, call: &Call, request: &AuthorizationRequest) {
    let client = &request.client_id;
    let is_again = |parameter, value: &Option<String>| value.as_ref().is_some_and(|v| app.reuse.is_again(client, parameter, v));
    if is_again("code_challenge", &request.code_challenge) {
        events::tell(call, &Event::CodeChallengeReused { client: client.clone() });
    }
    if is_again("nonce", &request.nonce) {
        events::tell(call, &Event::NonceReused { client: client.clone() });
    }
}
