//! `/consent`: what an app may do. Struct of templates/pages/consent.html and its handlers.

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use url::Url;

use crate::{
    app::{App as Server, call::Call},
    http::{
        answer::see_other,
        browser,
        pages::{
            self, Policy,
            asked::{self, Asked},
            error,
            frame::{App, Frame},
            visit::{Posted, Step, Visit},
        },
        words::Words,
    },
    model::scope::Scope,
    protocol::endpoints,
    services::authorize::{ConsentView, Stopped, resume},
};

#[derive(Debug, Template)]
#[template(path = "pages/consent.html")]
pub struct ConsentPage {
    pub words: Words,
    pub frame: Frame,
    pub action: String,
    pub csrf: String,
    pub app: App,
    /// Who is asked: an answer for anyone else counts for nothing.
    pub account: String,
    /// The e-mail address.
    pub person: String,
    pub switch_url: String,
    pub asked: Vec<Asked>,
    /// Agreed to earlier; not empty: the app asks again for more.
    pub allowed: Vec<Asked>,
    /// Host of the redirect URI; none: an app on this device.
    pub return_to: Option<String>,
}

pub async fn show(State(app): State<Server>, call: Call, visit: Visit) -> Response {
    let Visit { step, browser, headers } = &visit;
    let Some(secret) = &browser.secret else { return error::stopped(&app, &call, headers, Stopped::OtherBrowser, None) };
    match resume::consent_view(&app, &call, browser, step.i).await {
        Ok(Some(view)) => page(&app, headers, &browser::csrf_token(secret, &step.form()), step, &view),
        Ok(None) => see_other(&step.at(endpoints::AUTHORIZE_RESUME)),
        Err(failure) => error::failed(&app, &call, headers, failure),
    }
}

pub async fn submit(State(app): State<Server>, call: Call, Posted { visit, params }: Posted) -> Response {
    let Visit { step, browser, headers } = &visit;
    let is_allowed = match params.get("decision") {
        Some("allow") => true,
        Some("deny") => false,
        // Neither button: the page is shown again.
        _ => return see_other(&step.at(endpoints::CONSENT)),
    };
    let account = params.get("account").and_then(|account| account.parse().ok());
    match resume::decide(&app, &call, browser, step.i, account, is_allowed).await {
        Ok(()) => see_other(&step.at(endpoints::AUTHORIZE_RESUME)),
        Err(failure) => error::failed(&app, &call, headers, failure),
    }
}

fn page(app: &Server, headers: &HeaderMap, csrf: &str, step: &Step, view: &ConsentView) -> Response {
    let words = pages::words(headers, step.ui_locales.as_deref(), view.request.ui_locales.as_deref());
    let request = &view.request;
    let agreed = view.before.as_ref().map(|before| before.scope.clone()).unwrap_or_default();
    let tokens: Vec<&str> = request.scope.iter().filter(|token| !agreed.contains(token)).collect();
    // Asked again though all was agreed to (`prompt=consent`): everything is shown as if it were new.
    let (fresh, known) = if tokens.is_empty() { (request.scope.clone(), Scope::default()) } else { (Scope::of(&tokens), agreed) };
    let client = App::of(&view.client.client.metadata);
    let redirect = Url::parse(request.redirect.as_str()).ok();
    let is_web = redirect.as_ref().is_some_and(|url| matches!(url.scheme(), "http" | "https"));
    let policy = Policy { logo: client.logo_url.clone(), leads_to_app: Some(request.redirect.as_str().to_owned()) };
    let page = ConsentPage {
        words,
        frame: pages::frame(Some(&view.organization), words, Some(&format!("{}?i={}", endpoints::CONSENT, step.i))),
        action: step.at(endpoints::CONSENT),
        csrf: csrf.to_owned(),
        app: client,
        account: view.user.id.to_string(),
        person: view.user.email.clone(),
        switch_url: format!("{}&switch=1", step.at(endpoints::LOGIN)),
        asked: asked::lines(words, &view.user, &fresh, &request.claims, request.resource.as_deref()),
        allowed: asked::lines(words, &view.user, &known, &Default::default(), None),
        return_to: redirect.filter(|_| is_web).and_then(|url| url.host_str().map(str::to_owned)),
    };
    pages::html(app, StatusCode::OK, &page, &policy).into_response()
}
