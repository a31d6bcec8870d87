//! `/v1/users/me`: who a credential acts for.

use axum::response::Response;

use crate::{
    http::{
        management::{Managing, found},
        problem::Problem,
    },
    services::caller,
};

pub async fn read(managing: Managing) -> Result<Response, Problem> {
    Ok(found(caller::about(&managing.app, &managing.caller).await?))
}
