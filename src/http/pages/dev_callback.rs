//! `/dev/callback`: what the relying party of `keyward dev` received. Struct of templates/pages/dev_callback.html and its handler.

use std::sync::{Arc, Mutex, PoisonError};

use askama::Template;
use axum::{
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde::Deserialize;
use time::{Duration, format_description::well_known::Rfc3339};

use crate::{
    app::{App as Server, call::Call},
    http::{
        answer,
        pages::{self, Policy, error, frame::Frame},
        router::{self, Route},
        words::Words,
    },
    protocol::endpoints,
    services::dev::{self, Begun, Facts, SignedIn},
};

/// The app's side: what it was registered with, and the sign-in that it began.
#[derive(Debug, Clone)]
pub struct Callback {
    facts: Facts,
    begun: Arc<Mutex<Option<Begun>>>,
}

#[derive(Debug, Deserialize)]
struct Returned {
    code: Option<String>,
    state: Option<String>,
    iss: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

impl Callback {
    pub fn new(facts: Facts) -> Self {
        Self { facts, begun: Arc::default() }
    }

    pub fn expect(&self, begun: Begun) {
        *self.begun.lock().unwrap_or_else(PoisonError::into_inner) = Some(begun);
    }

    pub fn route(&self) -> Route {
        let callback = self.clone();
        router::extra_get(
            endpoints::DEV_CALLBACK,
            async move |State(app): State<Server>, call: Call, headers: HeaderMap, Query(returned): Query<Returned>| {
                callback.receive(&app, &call, &headers, returned).await
            },
        )
    }

    /// The front page: another sign-in of the app.
    pub fn begin(&self) -> Route {
        let callback = self.clone();
        router::extra_get("/", async move |State(app): State<Server>, call: Call, headers: HeaderMap| {
            match dev::begin(&app, &callback.facts).await {
                Ok(begun) => {
                    callback.expect(begun.clone());
                    answer::see_other(&begun.url)
                }
                Err(fault) => error::broken(&app, &call, &headers, &fault),
            }
        })
    }

    async fn receive(&self, app: &Server, call: &Call, headers: &HeaderMap, returned: Returned) -> Response {
        let words = pages::words(headers, None, None);
        let begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let refused = |code: &str, description: String| DevOutcome::Refused { code: code.to_owned(), description };
        // RFC 9207: an answer from another issuer is not looked at further.
        let is_ours = returned.iss.as_deref() == Some(app.config.issuer.as_str());
        let outcome = match (&begun, returned.code) {
            (Some(begun), _) if !is_ours || returned.state.as_deref() != Some(begun.state.as_str()) => {
                refused("state_mismatch", "The answer does not belong to the sign-in that this app began.".to_owned())
            }
            (Some(begun), Some(code)) => match dev::finish(app, &self.facts, begun, &code).await {
                Ok(signed_in) => DevOutcome::Tokens(tokens(call, words, signed_in)),
                Err(fault) => refused("invalid_answer", fault.chain()),
            },
            _ => refused(
                returned.error.as_deref().unwrap_or("invalid_answer"),
                returned.error_description.unwrap_or_else(|| "The answer has neither a code nor an error.".to_owned()),
            ),
        };
        let page = DevCallbackPage {
            words,
            frame: pages::frame(None, words, None),
            outcome,
            again_url: begun.map_or_else(|| "/".to_owned(), |begun| begun.url),
            logout_url: Some(endpoints::LOGOUT.to_owned()),
        };
        pages::html(app, StatusCode::OK, &page, &Policy::default())
    }
}

fn tokens(call: &Call, words: Words, signed_in: SignedIn) -> DevTokens {
    let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let seconds = signed_in.expires_in.map_or(0, |span| span.as_secs());
    let expires_at = call.now + Duration::seconds(i64::try_from(seconds).unwrap_or(0));
    DevTokens {
        subject: signed_in.claims.get("name").or(signed_in.claims.get("sub")).map(text).unwrap_or_default(),
        claims: signed_in.claims.iter().map(|(name, value)| (name.clone(), text(value))).collect(),
        scope: signed_in.scope,
        expires_in: words.duration(seconds),
        expires_at: expires_at.replace_nanosecond(0).unwrap_or(expires_at).format(&Rfc3339).unwrap_or_default(),
        has_refresh_token: signed_in.has_refresh_token,
    }
}

#[derive(Debug, Template)]
#[template(path = "pages/dev_callback.html")]
pub struct DevCallbackPage {
    pub words: Words,
    pub frame: Frame,
    pub outcome: DevOutcome,
    pub again_url: String,
    pub logout_url: Option<String>,
}

#[derive(Debug)]
pub enum DevOutcome {
    Tokens(DevTokens),
    Refused { code: String, description: String },
}

#[derive(Debug)]
pub struct DevTokens {
    /// Whom to call it: name, e-mail or `sub`.
    pub subject: String,
    /// Of the validated ID token.
    pub claims: Vec<(String, String)>,
    pub scope: Vec<String>,
    /// Of the access token, in words.
    pub expires_in: String,
    /// RFC 3339.
    pub expires_at: String,
    pub has_refresh_token: bool,
}

impl DevCallbackPage {
    fn heading(&self) -> String {
        self.words.say(match self.outcome {
            DevOutcome::Tokens(_) => "dev-title",
            DevOutcome::Refused { .. } => "dev-title-refused",
        })
    }
}
