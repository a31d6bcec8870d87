//! `POST /oauth/introspect`. RFC 7662 §2.

use axum::{extract::State, response::Response};

use crate::{
    app::{App, call::Call},
    model::fault::Failure,
    services::token::introspect,
};

use super::{Form, to_client};

pub async fn introspect(State(app): State<App>, call: Call, form: Form) -> Response {
    let result = match form.body_only() {
        Ok(params) => introspect::answer(&app, &call, &form.authorization(), params).await,
        Err(error) => Err(Failure::Refused(error)),
    };
    to_client(&call, "introspect", &form, result)
}
