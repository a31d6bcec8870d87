//! The protocol's endpoints: parse, call one operation, answer.

pub mod authorize;
pub mod discovery;
pub mod introspect;
pub mod jwks;
pub mod revoke;
pub mod token;
pub mod userinfo;

use axum::response::Response;
use serde::Serialize;

use crate::{app::call::Call, model::fault::Failure, protocol::error::OAuthError};

use super::{
    answer::{self, Challenge},
    form::Form,
};

/// The answer of an endpoint that authenticates clients.
fn to_client<T: Serialize>(call: &Call, endpoint: &'static str, form: &Form, result: Result<T, Failure<OAuthError>>) -> Response {
    let used_header = !form.authorization().is_empty();
    let response = answer::oauth(result, if used_header { Challenge::Basic } else { Challenge::None });
    answer::log_refusal(&call.request_id, endpoint, &response);
    response
}
