//! What every request for a page of an interaction brings along: the step, the browser, and for a form the proof that a page of ours
//! was shown to it.

use axum::{
    extract::{FromRequest, FromRequestParts, Query, Request},
    http::{HeaderMap, request::Parts},
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use crate::{
    app::{App, call::Call},
    http::{browser, form::Form, pages::error},
    model::id::InteractionId,
    protocol::{oidc::discovery::LOCALES, params::Params},
    services::{authorize::Stopped, login::session::Browser},
};

/// The query of a page within an interaction.
#[derive(Debug, Clone, Deserialize)]
pub struct Step {
    pub i: InteractionId,
    /// The language that the reader chose on a page.
    #[serde(default)]
    pub ui_locales: Option<String>,
    /// Sign in as someone else, although someone is signed in.
    #[serde(default)]
    pub switch: Option<String>,
}

impl Step {
    /// This step of the interaction at another place, in the same language.
    pub fn at(&self, path: &str) -> String {
        match self.ui_locales.as_deref().filter(|locale| LOCALES.contains(locale)) {
            Some(locale) => format!("{path}?i={}&ui_locales={locale}", self.i),
            None => format!("{path}?i={}", self.i),
        }
    }

    /// The name of its forms, for their CSRF tokens.
    pub fn form(&self) -> String {
        self.i.to_string()
    }
}

/// Somebody at a page of an interaction.
#[derive(Debug)]
pub struct Visit {
    pub step: Step,
    pub browser: Browser,
    pub headers: HeaderMap,
}

impl FromRequestParts<App> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let call = Call::from_request_parts(parts, app).await.map_err(IntoResponse::into_response)?;
        let headers = parts.headers.clone();
        match Query::try_from_uri(&parts.uri) {
            Ok(Query(step)) => Ok(Self { step, browser: browser::read(app, &headers), headers }),
            Err(_) => Err(error::stopped(app, &call, &headers, Stopped::Expired, None)),
        }
    }
}

/// The form of such a page, from the browser that it was shown to.
#[derive(Debug)]
pub struct Posted {
    pub visit: Visit,
    pub params: Params,
}

impl FromRequest<App> for Posted {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let call = Call::from_request_parts(&mut parts, app).await.map_err(IntoResponse::into_response)?;
        let visit = Visit::from_request_parts(&mut parts, app).await?;
        let Ok(form) = Form::from_request(Request::from_parts(parts, body), app).await;
        let refusal = |stopped| error::stopped(app, &call, &visit.headers, stopped, None);
        let Ok(params) = form.params else { return Err(refusal(Stopped::Expired)) };
        if browser::is_same_form(app, &visit.headers, &visit.browser, &visit.step.form(), params.get("csrf")) {
            Ok(Self { visit, params })
        } else {
            Err(refusal(Stopped::OtherBrowser))
        }
    }
}
