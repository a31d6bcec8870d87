//! What surrounds every request: one layer of ours, made of the small pieces beside it.

mod cors;
mod host;
mod peer;
mod security_headers;
mod trace;

use axum::{
    extract::{Request, State},
    http::{HeaderValue, StatusCode},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tracing::Instrument;

use crate::{
    app::{App, call::Call, telemetry},
    http::problem,
    model::id,
};

/// Gives the request its instant, its id and its peer; runs it in a task that outlives the connection, so that a client that hangs
/// up interrupts nothing; dresses the answer; writes one line in the log, without query strings.
pub async fn around(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let now = app.clock.now();
    let call =
        Call { now, request_id: format!("req_{}", id::encode(app.randomness.uuid_v7(now))), peer: peer::of(&app, &request) };
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let origin = request.headers().get(axum::http::header::ORIGIN).cloned();
    let request_id = call.request_id.clone();
    let span = tracing::info_span!("request", %method, path, request_id);
    let trace = trace::begin(&app, &request, &request_id);
    request.extensions_mut().insert(call);

    let started = std::time::Instant::now();
    let early = cors::preflight(&method, &path, &origin).or_else(|| host::refuse_unknown(&app, &request));
    let response = match early {
        Some(response) => response,
        // A panic ends its task only; everyone else goes on.
        None => {
            tokio::spawn(next.run(request).instrument(span.clone()).instrument(trace.clone())).await.unwrap_or_else(|error| {
                let _entered = span.enter();
                telemetry::tell_fault("handler", &error.to_string());
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            })
        }
    };
    let mut response = security_headers::dress(&app, problem::finish(response, &request_id));
    cors::allow(&path, &mut response);
    response.headers_mut().extend(HeaderValue::from_str(&request_id).ok().map(|id| (security_headers::REQUEST_ID, id)));
    trace::answered(&trace, response.status());
    let (status, elapsed) = (response.status().as_u16(), started.elapsed());
    metrics::histogram!("keyward_request_seconds").record(elapsed.as_secs_f64());
    tracing::debug!(target: "keyward::request", %method, path, status, request_id, micros = elapsed.as_micros() as u64, "answered");
    response
}
