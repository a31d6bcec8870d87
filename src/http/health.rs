//! Probes: the process is up; the database answers a write and the keys are loaded.

use axum::{extract::State, http::StatusCode};

use crate::{app::App, services::health};

use super::answer;

pub async fn alive() -> &'static str {
    "ok\n"
}

pub async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    match health::check(&app).await {
        Ok(()) => (StatusCode::OK, "ok\n"),
        Err(fault) => {
            answer::fault(&fault);
            (StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
        }
    }
}
