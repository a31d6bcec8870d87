//! The first request of an authorization. RFC 6749 §4.1.1, OIDC Core §3.1.2.

use crate::{
    app::{App, call::Call},
    model::{
        client::Client,
        fault::{Failure, Fault},
        id::{ClientId, InteractionId, UserId},
        interaction::{Interaction, Progress},
        secret::{Digest, Secret},
    },
    protocol::{
        authorize::{
            AuthorizeRefusal, ClientAnswer, Doubt,
            next_step::NextStep,
            response,
            validate::{self, Hint, Known},
        },
        jose::jws::{self, Expected, Expiry},
        params::Params,
        response_mode,
    },
    services::{
        login::session::{self, Browser},
        signing_keys,
    },
    storage,
};

use super::{Outcome, Page, Stopped, View, client_gone, finish};

/// The outcome, and the secret to keep in the browser when a page follows.
pub async fn begin(
    app: &App,
    call: &Call,
    browser: &Browser,
    params: &Params,
) -> Result<(Outcome, Option<Secret>), Failure<Stopped>> {
    let client_id = client_id(params).map_err(|doubt| Failure::Refused(Stopped::Doubt(doubt)))?;
    let Some(client) = app.store.client(&client_id).await? else {
        return Err(Failure::Refused(Stopped::Doubt(Doubt::ClientUnknown)));
    };
    let management_api = app.config.issuer.management_api();
    let known = look_up(app, call, &client.client, params, &management_api).await?;
    let request = match validate::validate(params, &client.client, known) {
        Ok(request) => request,
        Err(AuthorizeRefusal::TellUser(doubt)) => return Err(Failure::Refused(Stopped::Doubt(doubt))),
        Err(AuthorizeRefusal::TellClient(answer)) => return Ok((tell_client(app, *answer), None)),
    };
    let session = session::current(app, call, browser, &request.tenant).await?;
    let view = View::load(app, client, session, &request).await?;
    let page = match view.next(call, &request, &Progress::default()) {
        NextStep::Finish => {
            return match finish::at_once(app, call, &view, request).await? {
                Some(outcome) => Ok((outcome, None)),
                None => Box::pin(begin(app, call, browser, params)).await,
            };
        }
        NextStep::Refuse(error) => {
            let answer = ClientAnswer { redirect: request.redirect, mode: request.response_mode, state: request.state, error };
            return Ok((tell_client(app, answer), None));
        }
        NextStep::Login(_) => Page::Login,
        NextStep::Consent => Page::Consent,
    };
    let secret = super::browser_secret(app, browser.secret.as_ref());
    let interaction = Interaction {
        id: InteractionId(app.randomness.uuid_v7(call.now)),
        tenant: request.tenant,
        browser: Digest::of(secret.reveal()),
        request,
        progress: Progress::default(),
        created_at: call.now,
        expires_at: call.now + app.config.login.interaction_lifetime,
        finished_at: None,
    };
    let inserted = &interaction;
    let written: Result<(), Failure<Stopped>> =
        app.store.write("authorize.begin", |tx| async move { Ok(storage::interactions::insert(&tx, inserted).await?) }).await;
    written.map_err(client_gone)?;
    Ok((Outcome::Page(page, interaction.id), Some(secret)))
}

fn client_id(params: &Params) -> Result<ClientId, Doubt> {
    if params.is_repeated("client_id") {
        return Err(Doubt::Malformed);
    }
    let id = ClientId(params.get("client_id").ok_or(Doubt::ClientMissing)?.to_owned());
    if id.can_exist() { Ok(id) } else { Err(Doubt::ClientUnknown) }
}

async fn look_up<'a>(
    app: &App,
    call: &Call,
    client: &Client,
    params: &Params,
    management_api: &'a str,
) -> Result<Known<'a>, Fault> {
    let resource_exists = match params.get("resource") {
        None => false,
        Some(resource) if resource == management_api => true,
        Some(resource) => storage::clients::has_resource_server(&app.store.db(), &client.tenant, resource).await?,
    };
    let hint = match params.get("id_token_hint") {
        None => Hint::Absent,
        Some(token) => {
            signing_keys::refresh(app, call.now).await?;
            hint(app, call, client, token)
        }
    };
    Ok(Known { management_api, resource_exists, hint })
}

#[derive(serde::Deserialize)]
struct HintClaims {
    sub: UserId,
}

/// An ID token of ours for this client; whether it has expired does not matter. OIDC Core §3.1.2.1.
fn hint(app: &App, call: &Call, client: &Client, token: &str) -> Hint {
    let expected = Expected {
        types: &[Some("JWT"), None],
        issuer: Some(app.config.issuer.as_str()),
        audience: &[client.id.as_str()],
        expiry: Expiry::Ignored,
    };
    match jws::verify::<HintClaims>(token, &expected, |header| app.keys.verifier_of_hint(header.kid.as_deref()?, call.now)) {
        Ok(claims) => Hint::Of(claims.sub),
        Err(_) => Hint::Invalid,
    }
}

fn tell_client(app: &App, answer: ClientAnswer) -> Outcome {
    tracing::info!(target: "keyward::refusal", code = answer.error.code.as_str(), reason = answer.error.reason, "authorization refused");
    metrics::counter!("keyward_refusals_total", "endpoint" => "authorize", "reason" => answer.error.reason).increment(1);
    let response = response::error(answer.redirect, answer.mode, &answer.error, answer.state, &app.config.issuer);
    Outcome::Answer(response_mode::encode(response))
}

pub(super) fn refuse(app: &App, interaction: Interaction, error: crate::protocol::error::OAuthError) -> Outcome {
    let request = interaction.request;
    tell_client(app, ClientAnswer { redirect: request.redirect, mode: request.response_mode, state: request.state, error })
}
