//! `/login`: proving who you are. Struct of templates/pages/login.html and its handlers.

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{
    app::{App as Server, call::Call},
    http::{
        answer::{self, Reason, see_other},
        browser,
        pages::{
            self, Policy, assets, error,
            frame::{App, Frame, initial},
            visit::{Posted, Visit},
        },
        words::Words,
    },
    model::{fault::Failure, secret::Secret, user::User},
    protocol::{authorize::next_step::LoginReason, endpoints, params::Params},
    services::{
        authorize::{LoginView, resume},
        login::password::{self, LoginRefusal},
    },
};

#[derive(Debug, Template)]
#[template(path = "pages/login.html")]
pub struct LoginPage {
    pub words: Words,
    pub frame: Frame,
    pub action: String,
    pub csrf: String,
    pub app: App,
    pub notice: LoginNotice,
    pub username: String,
    /// Who is signed in must be proven again; the name is filled in.
    pub is_again: bool,
    pub switch_url: Option<String>,
    pub accounts: Vec<Account>,
    pub script_url: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginNotice {
    None,
    Refused,
    /// For how long, in words.
    Throttled(String),
}

/// Signed in here already.
#[derive(Debug, Clone)]
pub struct Account {
    pub id: String,
    pub name: String,
    pub login: String,
}

impl Account {
    fn initial(&self) -> String {
        initial(&self.name)
    }
}

/// Where typing begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Focus {
    Nowhere,
    Username,
    Password,
}

impl LoginPage {
    fn heading(&self) -> String {
        self.words.say(match self {
            _ if !self.accounts.is_empty() => "login-title-choose",
            _ if self.is_again => "login-title-again",
            _ => "login-title",
        })
    }

    fn is_refused(&self) -> bool {
        matches!(self.notice, LoginNotice::Refused | LoginNotice::Throttled(_))
    }

    fn password_error(&self) -> String {
        if self.notice == LoginNotice::Refused { self.words.say("login-refused.field") } else { String::new() }
    }

    /// The first empty field; the notice itself where nothing is to be typed, and nothing where there are accounts to choose from.
    fn focus(&self) -> Focus {
        match self.notice {
            LoginNotice::Throttled(_) => Focus::Nowhere,
            LoginNotice::None if !self.accounts.is_empty() => Focus::Nowhere,
            _ if self.username.is_empty() => Focus::Username,
            _ => Focus::Password,
        }
    }
}

pub async fn show(State(app): State<Server>, call: Call, visit: Visit) -> Response {
    match resume::login_view(&app, &call, &visit.browser, visit.step.i, visit.step.switch.is_some()).await {
        Ok(Some(view)) => page(&app, &visit, view, LoginNotice::None, None, StatusCode::OK),
        Ok(None) => see_other(&visit.step.at(endpoints::AUTHORIZE_RESUME)),
        Err(failure) => error::failed(&app, &call, &visit.headers, failure),
    }
}

pub async fn submit(State(app): State<Server>, call: Call, Posted { visit, params }: Posted) -> Response {
    let (browser, interaction) = (&visit.browser, visit.step.i);
    let done = if params.get("decision") == Some("cancel") {
        resume::cancel(&app, &call, browser, interaction).await
    } else if let Some(account) = params.get("account") {
        resume::choose(&app, &call, browser, interaction, account.parse().ok()).await
    } else {
        return sign_in(&app, &call, &visit, &params).await;
    };
    match done {
        Ok(()) => see_other(&visit.step.at(endpoints::AUTHORIZE_RESUME)),
        Err(failure) => error::failed(&app, &call, &visit.headers, failure),
    }
}

async fn sign_in(app: &Server, call: &Call, visit: &Visit, params: &Params) -> Response {
    let Visit { step, browser, headers } = visit;
    let username = params.get("username").unwrap_or_default();
    let secret = Secret::new(params.get("password").unwrap_or_default());
    let refusal = match password::sign_in(app, call, browser, step.i, username, &secret).await {
        Ok((tenant, session)) => {
            let mut response = see_other(&step.at(endpoints::AUTHORIZE_RESUME));
            response.headers_mut().append(header::SET_COOKIE, browser::session_cookie(app, &tenant, &session));
            return response;
        }
        Err(Failure::Broken(fault)) => return error::broken(app, call, headers, &fault),
        Err(Failure::Refused(LoginRefusal::Stopped(stopped))) => return error::stopped(app, call, headers, stopped, None),
        Err(Failure::Refused(refusal)) => refusal,
    };
    let view = match resume::login_view(app, call, browser, step.i, true).await {
        Ok(Some(view)) => view,
        Ok(None) => return see_other(&step.at(endpoints::AUTHORIZE_RESUME)),
        Err(failure) => return error::failed(app, call, headers, failure),
    };
    let words = pages::words(headers, step.ui_locales.as_deref(), view.ui_locales.as_deref());
    let (notice, status, reason, wait) = match refusal {
        LoginRefusal::Throttled { retry_at } => {
            let seconds = (retry_at - call.now).whole_seconds().max(1).unsigned_abs();
            (LoginNotice::Throttled(words.duration(seconds)), StatusCode::TOO_MANY_REQUESTS, "login.throttled", Some(seconds))
        }
        LoginRefusal::Busy => (LoginNotice::Throttled(words.duration(5)), StatusCode::SERVICE_UNAVAILABLE, "login.busy", Some(5)),
        LoginRefusal::Mismatch => (LoginNotice::Refused, StatusCode::BAD_REQUEST, "login.mismatch", None),
        LoginRefusal::TooLong => (LoginNotice::Refused, StatusCode::BAD_REQUEST, "login.too_long", None),
        LoginRefusal::Stopped(stopped) => return error::stopped(app, call, headers, stopped, None),
    };
    let mut response = page(app, visit, view, notice, Some(username), status);
    response.extensions_mut().insert(Reason(reason));
    if let Some(wait) = wait {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
    }
    answer::log_refusal(&call.request_id, "login", &response);
    response
}

/// By which of their names a person is greeted.
fn login_of(user: &User) -> String {
    user.username.clone().unwrap_or_else(|| user.email.clone())
}

fn page(
    app: &Server,
    Visit { step, browser, headers }: &Visit,
    view: LoginView,
    notice: LoginNotice,
    typed: Option<&str>,
    status: StatusCode,
) -> Response {
    let Some(secret) = &browser.secret else { return StatusCode::FORBIDDEN.into_response() };
    let words = pages::words(headers, step.ui_locales.as_deref(), view.ui_locales.as_deref());
    let is_switching = step.switch.is_some();
    let again = view.again.as_ref().filter(|_| !is_switching);
    let accounts = match (&view.signed_in, view.reason) {
        (Some(user), LoginReason::ChooseAccount) => {
            vec![Account { id: user.id.to_string(), name: user.display_name().to_owned(), login: login_of(user) }]
        }
        _ => Vec::new(),
    };
    let client = App::of(&view.client.client.metadata);
    let policy = Policy { logo: client.logo_url.clone(), leads_to_app: Some(view.redirect_uri) };
    let switch = format!("{}&switch=1", step.at(endpoints::LOGIN));
    let here = format!("{}?i={}{}", endpoints::LOGIN, step.i, if is_switching { "&switch=1" } else { "" });
    let page = LoginPage {
        words,
        frame: pages::frame(Some(&view.organization), words, Some(&here)),
        action: if is_switching { switch.clone() } else { step.at(endpoints::LOGIN) },
        csrf: browser::csrf_token(secret, &step.form()),
        app: client,
        notice,
        username: match (typed, again) {
            (Some(typed), _) => typed.to_owned(),
            (None, Some(user)) => login_of(user),
            (None, None) => view.login_hint.unwrap_or_default(),
        },
        is_again: again.is_some(),
        switch_url: again.map(|_| switch),
        accounts,
        script_url: assets::show_password_url(),
    };
    pages::html(app, status, &page, &policy)
}
