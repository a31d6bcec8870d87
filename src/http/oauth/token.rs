//! `POST /oauth/token`. RFC 6749 §3.2.

use axum::{extract::State, response::Response};

use crate::{
    app::{App, call::Call},
    model::fault::Failure,
    services::token,
};

use super::{Form, to_client};

pub async fn token(State(app): State<App>, call: Call, form: Form) -> Response {
    let result = match form.body_only() {
        Ok(params) => token::answer(&app, &call, &form.authorization(), params).await,
        Err(error) => Err(Failure::Refused(error)),
    };
    to_client(&call, "token", &form, result)
}
