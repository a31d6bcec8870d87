//! The one list of what this server answers: method, path, handler. Axum's router is made from it, and tests walk it.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{Method, StatusCode, Uri, header},
    middleware,
    response::{IntoResponse, Response},
    routing::{self, MethodFilter, MethodRouter},
};

use crate::{app::App, model::permission::Permission, protocol::endpoints};

use super::{answer, health, layers, management, oauth, pages, problem};

/// One method of one path, and who may use it. There is no route without a policy.
pub struct Route {
    pub method: Method,
    pub path: &'static str,
    pub policy: Policy,
    handler: MethodRouter<App>,
}

/// Who may use a route. The operation behind it enforces it; tests call each route lacking exactly this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// A protocol, a page or a probe, with rules of its own.
    Own,
    /// Whoever is proven.
    Proven,
    Needs(Permission),
    /// Whoever has the permission, and a key for itself.
    NeedsUnlessOwn(Permission),
}

/// No form of ours is larger.
const LARGEST_BODY: usize = 128 * 1024;

fn get<H: axum::handler::Handler<T, App>, T: 'static>(path: &'static str, handler: H) -> Route {
    Route { method: Method::GET, path, policy: Policy::Own, handler: routing::get(handler) }
}

/// A GET with effects: HEAD must not have them, so it is not answered by the same handler. `allowed` are the methods of the path.
fn get_only<H: axum::handler::Handler<T, App>, T: 'static>(path: &'static str, allowed: &'static str, handler: H) -> Route {
    let refused = move || async move { (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, allowed)]).into_response() };
    Route { method: Method::GET, path, policy: Policy::Own, handler: routing::get(handler).head(refused) }
}

fn post<H: axum::handler::Handler<T, App>, T: 'static>(path: &'static str, handler: H) -> Route {
    Route { method: Method::POST, path, policy: Policy::Own, handler: routing::post(handler) }
}

/// Of the management API.
fn managing<H: axum::handler::Handler<T, App>, T: 'static>(
    method: Method,
    path: &'static str,
    policy: Policy,
    handler: H,
) -> Route {
    let filter = MethodFilter::try_from(method.clone()).unwrap_or(MethodFilter::TRACE);
    Route { method, path, policy, handler: routing::on(filter, handler) }
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
    .into_iter()
    .chain(management())
    .collect()
}

#[rustfmt::skip]
fn management() -> Vec<Route> {
    use Permission::{ApiKeysRead, ApiKeysWrite, OrganizationsRead, OrganizationsWrite, RolesRead, RolesWrite, UsersDelete, UsersRead, UsersWrite};
    use Policy::{Needs, NeedsUnlessOwn, Proven};
    use management::{api_keys, me, organizations, roles, users};
    vec![
        managing(Method::GET, "/v1/users/me", Proven, me::read),
        managing(Method::GET, "/v1/organizations", Needs(OrganizationsRead), organizations::list),
        managing(Method::GET, "/v1/organizations/{org}", Needs(OrganizationsRead), organizations::read),
        managing(Method::PATCH, "/v1/organizations/{org}", Needs(OrganizationsWrite), organizations::update),
        managing(Method::GET, "/v1/organizations/{org}/users", Needs(UsersRead), users::list),
        managing(Method::POST, "/v1/organizations/{org}/users", Needs(UsersWrite), users::create),
        managing(Method::GET, "/v1/organizations/{org}/users/{user}", Needs(UsersRead), users::read),
        managing(Method::PATCH, "/v1/organizations/{org}/users/{user}", Needs(UsersWrite), users::update),
        managing(Method::DELETE, "/v1/organizations/{org}/users/{user}", Needs(UsersDelete), users::delete),
        managing(Method::PUT, "/v1/organizations/{org}/users/{user}/roles/{role}", Needs(RolesWrite), users::assign),
        managing(Method::DELETE, "/v1/organizations/{org}/users/{user}/roles/{role}", Needs(RolesWrite), users::unassign),
        managing(Method::GET, "/v1/organizations/{org}/roles", Needs(RolesRead), roles::list),
        managing(Method::POST, "/v1/organizations/{org}/roles", Needs(RolesWrite), roles::create),
        managing(Method::GET, "/v1/organizations/{org}/roles/{role}", Needs(RolesRead), roles::read),
        managing(Method::PATCH, "/v1/organizations/{org}/roles/{role}", Needs(RolesWrite), roles::update),
        managing(Method::DELETE, "/v1/organizations/{org}/roles/{role}", Needs(RolesWrite), roles::delete),
        managing(Method::GET, "/v1/organizations/{org}/api-keys", Needs(ApiKeysRead), api_keys::list),
        managing(Method::POST, "/v1/organizations/{org}/api-keys", Needs(ApiKeysWrite), api_keys::create),
        managing(Method::GET, "/v1/organizations/{org}/api-keys/{key}", Needs(ApiKeysRead), api_keys::read),
        managing(Method::PATCH, "/v1/organizations/{org}/api-keys/{key}", Needs(ApiKeysWrite), api_keys::update),
        managing(Method::POST, "/v1/organizations/{org}/api-keys/{key}/rotate", Needs(ApiKeysWrite), api_keys::rotate),
        managing(Method::DELETE, "/v1/organizations/{org}/api-keys/{key}", NeedsUnlessOwn(ApiKeysWrite), api_keys::revoke),
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

async fn method_not_allowed(uri: Uri) -> Response {
    match problem::is_managing(uri.path()) {
        true => problem::no_route(StatusCode::METHOD_NOT_ALLOWED),
        false => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    }
}
