//! The matrices of the management API, made from the route table: a route without a policy does not compile, one without a fixture
//! fails here.

use axum::http::Method;
use keyward::{
    http::router::{self, Policy, Route},
    model::{
        actor::Actor,
        id::{ApiKeyId, OrganizationId, RoleId, UserId},
        permission::Permission,
        role::BuiltInRole,
        tenant::Tenant,
    },
    services::directory::{
        organizations,
        roles::{self, NewRole},
        users::{self, UserChange},
    },
};
use serde_json::{Value, json};

use crate::{
    support::{TestServer, management::Manager, server::person},
    tenants::neighbour,
};

/// What the parameters of a path stand for, in one tenant. Made anew for each call, since some calls take it away.
struct Fixture {
    organization: OrganizationId,
    user: UserId,
    role: RoleId,
    key: ApiKeyId,
}

impl Fixture {
    async fn make(server: &TestServer, tenant: &Tenant) -> Self {
        let (app, now) = (&server.app, server.app.clock.now());
        let fresh = app.randomness.uuid_v4().to_string();
        let user = users::create(app, &Actor::Operator, tenant, person(&fresh), now).await.unwrap();
        let new = NewRole { name: fresh, permissions: Vec::new() };
        let role = roles::create(app, &Actor::Operator, tenant, new, now).await.unwrap();
        roles::assign(app, &Actor::Operator, tenant, user.id, role.id, now).await.unwrap();
        let key = Manager::key(server, tenant, "users:read").await.key.id;
        Self { organization: tenant.organization, user: user.id, role: role.id, key }
    }

    /// The path with everything in it, one parameter of which may be from another fixture.
    fn path(&self, route: &Route, other: Option<(&str, &Self)>) -> String {
        let value = |fixture: &Self, name: &str| match name {
            "org" => fixture.organization.to_string(),
            "user" => fixture.user.to_string(),
            "role" => fixture.role.to_string(),
            "key" => fixture.key.to_string(),
            _ => panic!("{}: no fixture for {{{name}}}", route.path),
        };
        let segment = |segment: &str| match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) => match other {
                Some((replaced, other)) if replaced == name => value(other, name),
                _ => value(self, name),
            },
            None => segment.to_owned(),
        };
        route.path.split('/').map(segment).collect::<Vec<_>>().join("/")
    }
}

/// A body that the route takes.
fn body(route: &Route, fresh: &str) -> Option<Value> {
    match (&route.method, route.path) {
        (&Method::GET | &Method::DELETE | &Method::PUT, _) => None,
        (&Method::PATCH, "/v1/organizations/{org}") => Some(json!({ "accent": "#2f5bd7" })),
        (&Method::POST, "/v1/organizations/{org}/users") => Some(json!({ "email": format!("{fresh}@example.com") })),
        (&Method::PATCH, "/v1/organizations/{org}/users/{user}") => Some(json!({ "name": "Another" })),
        (&Method::POST, "/v1/organizations/{org}/roles") => Some(json!({ "name": fresh, "permissions": [] })),
        (&Method::PATCH, "/v1/organizations/{org}/roles/{role}") => Some(json!({ "permissions": [] })),
        (&Method::POST, "/v1/organizations/{org}/api-keys") => Some(json!({ "name": fresh, "permissions": ["api-keys:write"] })),
        (&Method::PATCH, "/v1/organizations/{org}/api-keys/{key}") => Some(json!({ "name": "Another" })),
        (&Method::POST, "/v1/organizations/{org}/api-keys/{key}/rotate") => Some(json!({ "overlap": "0s" })),
        (method, path) => panic!("{method} {path}: no fixture"),
    }
}

fn managing() -> Vec<Route> {
    let routes: Vec<_> = router::routes().into_iter().filter(|route| route.path.starts_with("/v1/")).collect();
    assert!(routes.len() >= 22, "{}", routes.len());
    routes
}

fn parameters(route: &Route) -> Vec<&'static str> {
    route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect()
}

async fn call(server: &TestServer, token: Option<&str>, route: &Route, path: &str) -> crate::support::Answer {
    let fresh = server.app.randomness.uuid_v4().to_string();
    server.manage(token, route.method.clone(), path, body(route, &fresh)).await
}

#[tokio::test]
async fn every_managing_route_has_a_policy_and_every_other_one_rules_of_its_own() {
    for route in router::routes() {
        assert_eq!(route.path.starts_with("/v1/"), route.policy != Policy::Own, "{} {}", route.method, route.path);
    }
}

/// Nobody, everybody but those with the permission, and whoever has it and nothing else.
#[tokio::test]
async fn the_permission_matrix_each_route_needs_exactly_its_own() {
    let server = TestServer::start().await;
    let manager = Manager::of(&server, BuiltInRole::Owner).await;
    for route in managing() {
        let fixture = Fixture::make(&server, &server.tenant).await;
        let (path, name) = (fixture.path(&route, None), format!("{} {}", route.method, route.path));
        call(&server, None, &route, &path).await.assert_problem(401);
        let (Policy::Needs(permission) | Policy::NeedsUnlessOwn(permission)) = route.policy else {
            let token = manager.token("openid").await;
            assert!(call(&server, Some(&token), &route, &path).await.status < 300, "{name}");
            continue;
        };
        let others = Permission::set(Permission::ALL).without(&Permission::set(&[permission]));
        let refused = call(&server, Some(&manager.token(&others.to_string()).await), &route, &path).await;
        let detail = refused.assert_problem(403)["detail"].to_string();
        assert!(detail.contains(permission.as_str()), "{name}: {detail}");
        // A user's app, to which they gave no right at all.
        call(&server, Some(&manager.token("openid email").await), &route, &path).await.assert_problem(403);
        // What changes a key needs the key's rights too; no other fixture has any.
        let more = if path.contains("/api-keys/") && route.method != Method::GET { " users:read" } else { "" };
        let own = call(&server, Some(&manager.token(&format!("{permission}{more}")).await), &route, &path).await;
        assert!((200..300).contains(&own.status), "{name}: {own:?}");
    }
}

/// Another organization's things, and those of the other environment, are as absent as what never was.
#[tokio::test]
async fn tn_01_tn_02_the_tenant_matrix_nothing_of_another_tenant_is_there() {
    let server = TestServer::start().await;
    let globex = neighbour(&server).await;
    let manager = Manager::of(&server, BuiltInRole::Owner).await;
    let token = manager.token(&Permission::set(Permission::ALL).to_string()).await;
    let test = server.other_tenant().await;
    let never = Fixture {
        organization: OrganizationId(server.app.randomness.uuid_v4()),
        user: UserId(server.app.randomness.uuid_v4()),
        role: RoleId(server.app.randomness.uuid_v4()),
        key: ApiKeyId(server.app.randomness.uuid_v4()),
    };
    let mut tried = 0;
    for route in managing() {
        for parameter in parameters(&route) {
            for elsewhere in [&globex.tenant, &test.tenant] {
                if parameter == "org" && elsewhere.organization == server.tenant.organization {
                    continue;
                }
                let (own, other) = (Fixture::make(&server, &server.tenant).await, Fixture::make(&server, elsewhere).await);
                let theirs = call(&server, Some(&token), &route, &own.path(&route, Some((parameter, &other)))).await;
                let nobodys = call(&server, Some(&token), &route, &own.path(&route, Some((parameter, &never)))).await;
                let told = |answer: &crate::support::Answer| {
                    let mut problem = answer.assert_problem(404);
                    problem["requestId"] = Value::Null;
                    problem
                };
                assert_eq!(told(&theirs), told(&nobodys), "{} {} {parameter}", route.method, route.path);
                tried += 1;
            }
        }
        if parameters(&route).contains(&"org") {
            let own = Fixture::make(&server, &server.tenant).await;
            let by_slug = own.path(&route, None).replace(&own.organization.to_string(), "globex");
            call(&server, Some(&token), &route, &by_slug).await.assert_problem(404);
        }
    }
    assert!(tried > 35, "{tried}");
    let globex = organizations::find(&server.app, "globex").await.unwrap();
    assert_eq!(globex.accent, None);
}

/// What a user may not do no token of theirs lets an app do, from the next request on.
#[tokio::test]
async fn rights_are_judged_at_every_call() {
    let server = TestServer::start().await;
    let manager = Manager::of(&server, BuiltInRole::Owner).await;
    let token = manager.token("users:read roles:read").await;
    let read = async || server.manage(Some(&token), Method::GET, "/v1/organizations/acme/users", None).await;
    assert_eq!(read().await.status, 200);
    let (app, tenant, now) = (&server.app, &server.tenant, server.app.clock.now());
    let ada = users::read(app, &Actor::Operator, tenant, "ada").await.unwrap();
    // Somebody has to own it.
    let grace = users::read(app, &Actor::Operator, tenant, "grace").await.unwrap();
    let owner = UserChange { role: Some(BuiltInRole::Owner), ..UserChange::default() };
    users::update(app, &Actor::Operator, tenant, grace.id, owner, now).await.unwrap();
    let demoted = UserChange { role: Some(BuiltInRole::Member), ..UserChange::default() };
    users::update(app, &Actor::Operator, tenant, ada.id, demoted, now).await.unwrap();
    read().await.assert_problem(403);
    // A role of the organization's own gives it back, and takes it away with itself.
    let new = NewRole { name: "Reader".to_owned(), permissions: vec!["users:read".to_owned()] };
    let role = roles::create(app, &Actor::Operator, tenant, new, now).await.unwrap();
    roles::assign(app, &Actor::Operator, tenant, ada.id, role.id, now).await.unwrap();
    assert_eq!(read().await.status, 200);
    roles::delete(app, &Actor::Operator, tenant, role.id).await.unwrap();
    read().await.assert_problem(403);
    server.disable("ada").await;
    read().await.assert_problem(401);
}
