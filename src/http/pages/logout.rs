//! `/logout`: ends every session of this browser. Structs of templates/pages/logout.html and signed_out.html.

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::Response,
};

use crate::{
    app::{App, call::Call},
    http::{
        answer::see_other,
        browser,
        form::Form,
        pages::{self, Policy, error, frame::Frame},
        words::Words,
    },
    protocol::endpoints,
    services::{authorize::Stopped, login::session},
};

/// Names this form for its CSRF token.
const FORM: &str = "logout";

#[derive(Debug, Template)]
#[template(path = "pages/logout.html")]
pub struct LogoutPage {
    pub words: Words,
    pub frame: Frame,
    pub action: String,
    pub csrf: String,
    pub person: String,
}

#[derive(Debug, Template)]
#[template(path = "pages/signed_out.html")]
pub struct SignedOutPage {
    pub words: Words,
    pub frame: Frame,
}

pub async fn show(State(app): State<App>, call: Call, headers: HeaderMap) -> Response {
    let browser = browser::read(&app, &headers);
    let sessions = match session::all(&app, &call, &browser).await {
        Ok(sessions) => sessions,
        Err(fault) => return error::broken(&app, &call, &headers, &fault),
    };
    let words = pages::words(&headers, None, None);
    let frame = pages::frame(None, words, None);
    match (sessions.first(), &browser.secret) {
        (Some((_, user)), Some(secret)) => {
            let page = LogoutPage {
                words,
                frame,
                action: endpoints::LOGOUT.to_owned(),
                csrf: browser::csrf_token(secret, FORM),
                person: user.email.clone(),
            };
            pages::html(&app, StatusCode::OK, &page, &Policy::default())
        }
        _ => {
            let page = SignedOutPage { words, frame };
            pages::html(&app, StatusCode::OK, &page, &Policy::default())
        }
    }
}

pub async fn submit(State(app): State<App>, call: Call, form: Form) -> Response {
    let browser = browser::read(&app, &form.headers);
    let token = form.params.as_ref().ok().and_then(|params| params.get("csrf"));
    if !browser::is_same_form(&app, &form.headers, &browser, FORM, token) {
        return error::stopped(&app, &call, &form.headers, Stopped::OtherBrowser, None);
    }
    if form.params.as_ref().is_ok_and(|params| params.get("decision") == Some("stay")) {
        return see_other(endpoints::LOGOUT);
    }
    if let Err(fault) = session::sign_out(&app, &call, &browser).await {
        return error::broken(&app, &call, &form.headers, &fault);
    }
    let mut response = see_other(endpoints::LOGOUT);
    for cookie in browser::forget_sessions(&app, &browser) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
