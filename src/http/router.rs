//! The one list of what this server answers: method, path, handler. Axum's router is made from it, and tests walk it.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{Method, StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
    routing::{self, MethodRouter},
};

use crate::{app::App, protocol::endpoints};

use super::{answer, health, layers, oauth, pages};

/// One method of one path.
pub struct Route {
    pub method: Method,
    pub path: &'static str,
    handler: MethodRouter<App>,
}

/// No form of ours is larger.
const LARGEST_BODY: usize = 128 * 1024;

fn get<H: axum::handler::Handler<T, App>, T: 'static>(path: &'static str, handler: H) -> Route {
    Route { method: Method::GET, path, handler: routing::get(handler) }
}

/// A GET with effects: HEAD must not have them, so it is not answered by the same handler. `allowed` are the methods of the path.
fn get_only<H: axum::handler::Handler<T, App>, T: 'static>(path: &'static str, allowed: &'static str, handler: H) -> Route {
    let refused = move || async move { (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, allowed)]).into_response() };
    Route { method: Method::GET, path, handler: routing::get(handler).head(refused) }
}

fn post<H: axum::handler::Handler<T, App>, T: 'static>(path: &'static str, handler: H) -> Route {
    Route { method: Method::POST, path, handler: routing::post(handler) }
}

pub fn routes() -> Vec<Route> {
    vec![
        get(endpoints::OPENID_CONFIGURATION, oauth::discovery::metadata),
        get(endpoints::AUTHORIZATION_SERVER, oauth::discovery::metadata),
        get(endpoints::JWKS, oauth::jwks::keys),
        get_only(endpoints::AUTHORIZE, "GET, POST", oauth::authorize::by_query),
        post(endpoints::AUTHORIZE, oauth::authorize::by_form),
        get_only(endpoints::AUTHORIZE_RESUME, "GET", oauth::authorize::resume),
        post(endpoints::TOKEN, oauth::token::token),
        get(endpoints::USERINFO, oauth::userinfo::by_get),
        post(endpoints::USERINFO, oauth::userinfo::by_post),
        post(endpoints::INTROSPECT, oauth::introspect::introspect),
        post(endpoints::REVOKE, oauth::revoke::revoke),
        get(endpoints::LOGIN, pages::login::show),
        post(endpoints::LOGIN, pages::login::submit),
        get(endpoints::CONSENT, pages::consent::show),
        post(endpoints::CONSENT, pages::consent::submit),
        get(endpoints::LOGOUT, pages::logout::show),
        post(endpoints::LOGOUT, pages::logout::submit),
        get(endpoints::ASSETS, pages::assets::file),
        get(endpoints::HEALTH, health::alive),
        get(endpoints::READY, health::ready),
    ]
}

/// The whole service, ready for a listener or a test.
pub fn build(app: App, extra: Vec<Route>) -> Router {
    let mut router = Router::new();
    for route in routes().into_iter().chain(extra) {
        router = router.route(route.path, route.handler);
    }
    router
        .fallback(pages::error::not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(middleware::from_fn_with_state(app.clone(), layers::around))
        .with_state(app)
}

/// The service while the database is waited for: the process lives, and nothing else can be had yet.
pub fn waiting() -> Router {
    Router::new().route(endpoints::HEALTH, routing::get(health::alive)).fallback(|| async { answer::unavailable() })
}

/// A further GET for one program's own use (`keyward dev`).
pub fn extra_get<H: axum::handler::Handler<T, App>, T: 'static>(path: &'static str, handler: H) -> Route {
    get(path, handler)
}

async fn method_not_allowed() -> Response {
    StatusCode::METHOD_NOT_ALLOWED.into_response()
}
