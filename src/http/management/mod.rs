//! The management API: JSON in and out, problems for whatever is refused. Each handler calls one operation, as whoever is proven.

pub mod api_keys;
pub mod me;
pub mod organizations;
pub mod roles;
pub mod users;

use std::collections::BTreeMap;

use axum::{
    Json,
    body::Bytes,
    extract::{FromRequest, FromRequestParts, RawPathParams, Request},
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;
use uuid::Uuid;

use crate::{
    app::{App, call::Call},
    model::{
        fault::Fault,
        page::{Page, Slice},
    },
    protocol::{
        bearer,
        json::{self, Unreadable},
    },
    services::{
        caller::{self, Caller},
        directory::organizations as directory,
        refusal::Refusal,
    },
};

use super::{answer, problem::Problem};

/// Who asks, in which organization, about which of the things named in the path.
pub struct Managing {
    pub app: App,
    pub call: Call,
    pub caller: Caller,
    ids: BTreeMap<String, String>,
}

impl FromRequestParts<App> for Managing {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let call = Call::from_request_parts(parts, app).await.map_err(|broken| Problem::from(broken.0))?;
        let credential = credential(parts)?;
        let caller = caller::identify(app, &call, &credential).await?;
        let params = RawPathParams::from_request_parts(parts, app).await;
        let params = params.map_err(|error| Fault::while_doing("read the path", error))?;
        let ids: BTreeMap<_, _> = params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        if let Some(name) = ids.get("org") {
            own_organization(app, &caller, name).await?;
        }
        Ok(Self { app: app.clone(), call, caller, ids })
    }
}

/// One Bearer credential in one header. Anything else is not looked at.
fn credential(parts: &Parts) -> Result<String, Refusal> {
    let mut headers = parts.headers.get_all(header::AUTHORIZATION).iter();
    let (one, None) = (headers.next(), headers.next()) else { return Err(Refusal::Unauthenticated("bearer.several")) };
    let text = one.map(|header| header.to_str()).transpose().map_err(|_| Refusal::Unauthenticated("bearer.malformed"))?;
    let token = bearer::token(text).map_err(|_| Refusal::Unauthenticated("bearer.malformed"))?;
    token.ok_or(Refusal::Unauthenticated("bearer.absent"))
}

/// The caller's own organization by slug or id; any other is not there, whether or not it exists.
async fn own_organization(app: &App, caller: &Caller, name: &str) -> Result<(), Problem> {
    let own = directory::of(app, caller.tenant.organization).await?;
    let is_own = |own: &crate::model::organization::Organization| own.slug == name || own.id.to_string() == name;
    match own {
        Some(own) if is_own(&own) => Ok(()),
        _ => Err(Refusal::NotFound("organization").into()),
    }
}

impl Managing {
    /// What the path names, if it can be one of these; otherwise there is none.
    pub fn id<T: std::str::FromStr>(&self, name: &str, what: &'static str) -> Result<T, Problem> {
        let text = self.ids.get(name).map(String::as_str).unwrap_or_default();
        text.parse().map_err(|_| Refusal::NotFound(what).into())
    }

    /// The URL of something below the caller's organization.
    fn below(&self, rest: &str) -> String {
        format!("/v1/organizations/{}/{rest}", self.caller.tenant.organization)
    }

    /// Where a list of this name goes on.
    pub fn slice(&self, list: &'static str, query: &Listing) -> Result<Slice, Problem> {
        if !(1..=MOST).contains(&query.limit) {
            return Err(Refusal::field("limit", "must be 1 to 100").into());
        }
        let after = query.cursor.as_deref().map(|cursor| self.open(list, cursor)).transpose()?;
        Ok(Slice { after, most: u64::from(query.limit) })
    }

    /// A cursor belongs to one list of one tenant.
    fn purpose(&self, list: &str) -> String {
        format!("cursor {list} {} {}", self.caller.tenant.organization, self.caller.tenant.environment)
    }

    fn open(&self, list: &str, cursor: &str) -> Result<Uuid, Problem> {
        let unfit = || Refusal::field("cursor", "is none that this list gave");
        let sealed = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| unfit())?;
        let opened = self.app.sealing.open(&self.purpose(list), &sealed).map_err(|_| unfit())?;
        Ok(Uuid::from_slice(&opened).map_err(|_| unfit())?)
    }

    pub fn page<T: Serialize>(&self, list: &'static str, page: Page<T>) -> Result<Response, Problem> {
        let seal = |key: Uuid| self.app.sealing.seal(&self.purpose(list), key.as_bytes());
        let next = page.next.map(seal).transpose()?.map(|sealed| URL_SAFE_NO_PAD.encode(sealed));
        Ok(found(json!({ "data": page.data, "nextCursor": next })))
    }
}

/// `limit` and `cursor` of a list.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listing {
    #[serde(default = "usual")]
    pub limit: u8,
    pub cursor: Option<String>,
}

/// Of one part of a list.
const MOST: u8 = 100;

fn usual() -> u8 {
    50
}

/// A query of known parameters, each at most once.
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<App> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        let pairs = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
        let read = serde_path_to_error::deserialize(serde_urlencoded::Deserializer::new(pairs));
        read.map(Self).map_err(|error| unreadable(Unreadable::member(&error.path().to_string(), &error.inner().to_string())))
    }
}

/// A body of JSON.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let media_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default().trim();
        if !media_type.eq_ignore_ascii_case("application/json") {
            let problem = Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Unsupported media type", "body.other_type");
            return Err(problem.because("The `Content-Type` must be application/json."));
        }
        let body = super::form::in_time(Bytes::from_request(request, app)).await;
        let Ok(Ok(body)) = body else {
            return Err(malformed("The body is too large, was cut off or took too long to arrive."));
        };
        json::read(&body).map(Self).map_err(unreadable)
    }
}

fn unreadable(why: Unreadable) -> Problem {
    match why {
        Unreadable::NoObject => malformed("The body must be one JSON object that names no member twice."),
        Unreadable::Member { path, detail } => Refusal::field(&path, &detail).into(),
    }
}

fn malformed(detail: &'static str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "Malformed", "body.malformed").because(detail)
}

/// 200 with what was asked for.
pub fn found(body: impl Serialize) -> Response {
    answer::no_store(Json(body).into_response())
}

/// 201, and where it is now.
pub fn made(location: String, body: impl Serialize) -> Response {
    answer::no_store((StatusCode::CREATED, [(header::LOCATION, location)], Json(body)).into_response())
}

/// 204.
pub fn done() -> Response {
    answer::no_store(StatusCode::NO_CONTENT.into_response())
}
