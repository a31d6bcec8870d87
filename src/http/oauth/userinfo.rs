//! `GET` and `POST /oauth/userinfo`. OIDC Core §5.3.1, RFC 6750 §2.

use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use oxide_auth_axum::{OAuthResource, WebError};

use crate::{
    app::{App, call::Call},
    http::answer::{self, Challenge},
    model::fault::Failure,
    protocol::{bearer, error::OAuthError, params::Params},
    services::userinfo,
};

pub async fn by_get(State(app): State<App>, call: Call, credentials: Result<OAuthResource, WebError>) -> Response {
    answer(&app, &call, token(credentials, None)).await
}

pub async fn by_post(
    State(app): State<App>,
    call: Call,
    credentials: Result<OAuthResource, WebError>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let is_form = headers.get(header::CONTENT_TYPE).is_some_and(|value| {
        value.to_str().is_ok_and(|value| value.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded"))
    });
    let in_body = if is_form { Params::parse(&body) } else { Ok(Params::default()) };
    let token = in_body.and_then(|params| {
        params.refuse_repeated()?;
        token(credentials, params.get("access_token"))
    });
    answer(&app, &call, token).await
}

/// One token by one way. A token in the query is not looked at (OAuth 2.1 §5.2).
fn token(credentials: Result<OAuthResource, WebError>, in_body: Option<&str>) -> Result<Option<String>, OAuthError> {
    let several = || OAuthError::invalid_request("bearer.several", "There is more than one credential.");
    let credentials = credentials.map_err(|_| several())?;
    match (bearer::token(credentials.authorization_header())?, in_body) {
        (Some(_), Some(_)) => Err(several()),
        (in_header, in_body) => Ok(in_header.or(in_body.map(str::to_owned))),
    }
}

async fn answer(app: &App, call: &Call, token: Result<Option<String>, OAuthError>) -> Response {
    let result = match token {
        // RFC 6750 §3.1: without a credential, a bare challenge.
        Ok(None) => {
            let challenge = [(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))];
            return answer::no_store((StatusCode::UNAUTHORIZED, challenge).into_response());
        }
        Ok(Some(token)) => userinfo::answer(app, call, &token).await,
        Err(error) => Err(Failure::Refused(error)),
    };
    let response = answer::oauth(result, Challenge::Bearer);
    answer::log_refusal(call, "userinfo", &response);
    response
}
