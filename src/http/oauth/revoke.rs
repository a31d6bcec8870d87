//! `POST /oauth/revoke`. RFC 7009 §2: 200 and nothing else, whatever became of the token.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};

use crate::{
    app::{App, call::Call},
    http::answer,
    model::fault::Failure,
    services::token::revoke,
};

use super::{Form, to_client};

pub async fn revoke(State(app): State<App>, call: Call, form: Form) -> Response {
    let result = match form.body_only() {
        Ok(params) => revoke::answer(&app, &call, &form.authorization(), params).await,
        Err(error) => Err(Failure::Refused(error)),
    };
    match result {
        Ok(()) => answer::no_store(StatusCode::OK.into_response()),
        Err(failure) => to_client::<()>(&call, "revoke", &form, Err(failure)),
    }
}
