//! `GET` and `POST /oauth/userinfo`. OIDC Core §5.3.1, RFC 6750 §2.

use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use oxide_auth_axum::{OAuthResource, WebError};

use crate::{
    app::{App, call::Call},
    http::{
        answer::{self, Challenge},
        form::Form,
    },
    model::fault::Failure,
    protocol::{bearer, error::OAuthError, params::Params},
    services::userinfo,
};

pub async fn by_get(State(app): State<App>, call: Call, credentials: Result<OAuthResource, WebError>) -> Response {
    answer(&app, &call, token(credentials, None)).await
}

pub async fn by_post(State(app): State<App>, call: Call, credentials: Result<OAuthResource, WebError>, form: Form) -> Response {
    let in_body = match form.params {
        // RFC 6750 §2.2: a body of another type holds no token, and is nobody's business.
        Err(error) if error.reason == "body.other_type" => Ok(Params::default()),
        params => params,
    };
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
        // RFC 6750 §3.1: without a credential, no error is told.
        Ok(None) => {
            let challenge = [(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"keyward\""))];
            return answer::no_store((StatusCode::UNAUTHORIZED, challenge).into_response());
        }
        Ok(Some(token)) => userinfo::answer(app, call, &token).await,
        Err(error) => Err(Failure::Refused(error)),
    };
    let response = answer::oauth(result, Challenge::Bearer);
    answer::log_refusal(&call.request_id, "userinfo", &response);
    response
}
