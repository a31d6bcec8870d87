//! `GET` and `POST /oauth/authorize`, and the way back from each page. RFC 6749 §3.1, OIDC Core §3.1.2.

use axum::{
    extract::State,
    http::{HeaderMap, Uri, header},
    response::Response,
};

use crate::{
    app::{App, call::Call},
    http::{
        answer::see_other,
        browser,
        form::Form,
        pages::{
            error, form_post,
            visit::{Step, Visit},
        },
    },
    model::{fault::Failure, secret::Secret},
    protocol::{authorize::Doubt, endpoints, error::OAuthError, params::Params, response_mode::Delivery},
    services::authorize::{Outcome, Page, Stopped, begin, resume},
};

pub async fn by_query(State(app): State<App>, call: Call, uri: Uri, headers: HeaderMap) -> Response {
    let params = Params::parse(uri.query().unwrap_or_default().as_bytes());
    begin(&app, &call, &headers, params).await
}

/// OIDC Core §3.1.2.1: the parameters in a form. Any in the URL count too, so that a name in both is repeated.
pub async fn by_form(State(app): State<App>, call: Call, form: Form) -> Response {
    let in_query = Params::parse(form.query.as_deref().unwrap_or_default().as_bytes());
    let params = form.params.and_then(|in_body| Ok(in_query?.joined(in_body)));
    begin(&app, &call, &form.headers, params).await
}

async fn begin(app: &App, call: &Call, headers: &HeaderMap, params: Result<Params, OAuthError>) -> Response {
    let browser = browser::read(app, headers);
    let Ok(params) = params else {
        return error::stopped(app, call, headers, Stopped::Doubt(Doubt::Malformed), None);
    };
    match begin::begin(app, call, &browser, &params).await {
        Ok((outcome, secret)) => go(app, headers, outcome, None, secret.as_ref()),
        Err(Failure::Refused(stopped)) => error::stopped(app, call, headers, stopped, params.get("ui_locales")),
        Err(Failure::Broken(fault)) => error::broken(app, call, headers, &fault),
    }
}

pub async fn resume(State(app): State<App>, call: Call, visit: Visit) -> Response {
    let Visit { step, browser, headers } = &visit;
    match resume::resume(&app, &call, browser, step.i).await {
        Ok(outcome) => go(&app, headers, outcome, step.ui_locales.as_deref(), None),
        Err(failure) => error::failed(&app, &call, headers, failure),
    }
}

fn go(app: &App, headers: &HeaderMap, outcome: Outcome, ui_locales: Option<&str>, secret: Option<&Secret>) -> Response {
    let mut response = match outcome {
        Outcome::Answer(Delivery::Redirect(location)) => see_other(&location),
        Outcome::Answer(Delivery::Form { action, fields }) => form_post::page(app, headers, &action, fields),
        Outcome::Page(page, id) => {
            let path = match page {
                Page::Login => endpoints::LOGIN,
                Page::Consent => endpoints::CONSENT,
            };
            see_other(&Step { i: id, ui_locales: ui_locales.map(str::to_owned), switch: None }.at(path))
        }
    };
    if let Some(secret) = secret {
        response.headers_mut().append(header::SET_COOKIE, browser::binding_cookie(app, secret));
    }
    response
}
