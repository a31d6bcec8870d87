//! `/v1/organizations/{org}/users` and `/v1/users/me`.

use axum::http::{Method, header};
use keyward::{
    model::{
        actor::{Actor, Holder, Who},
        fault::Failure,
        id::ClientId,
        permission::Permission,
        role::BuiltInRole,
    },
    services::directory::users::{self, UserChange},
};
use serde_json::{Value, json};

use crate::support::{Flow, TestServer, management::Manager, relying_party::REDIRECT};

const USERS: &str = "/v1/organizations/acme/users";

async fn id_of(manager: &Manager<'_>, name: &str) -> String {
    let found = manager.ask(Method::GET, &format!("{USERS}?name={name}"), None).await.json();
    found["data"][0]["id"].as_str().unwrap_or_else(|| panic!("{found}")).to_owned()
}

#[tokio::test]
async fn a_user_is_made_read_changed_and_deleted() {
    let server = TestServer::start().await;
    let manager = Manager::of(&server, BuiltInRole::Owner).await;
    let new = json!({
        "email": "Mary@Example.com", "username": "mary", "name": "Mary Shelley", "claims": { "locale": "en-GB" },
        "password": "Frankenstein 1818",
    });
    let made = manager.ask(Method::POST, USERS, Some(new)).await;
    assert_eq!((made.status, made.header(header::CACHE_CONTROL)), (201, "no-store"));
    let mary = made.json();
    let id = mary["id"].as_str().unwrap().to_owned();
    assert!(made.header(header::LOCATION).ends_with(&format!("/users/{id}")));
    let mut members: Vec<_> = mary.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(
        members,
        [
            "claims",
            "createdAt",
            "email",
            "emailVerified",
            "environment",
            "id",
            "name",
            "role",
            "roles",
            "status",
            "updatedAt",
            "username"
        ]
    );
    assert_eq!((&mary["createdAt"], &mary["role"]), (&json!("2026-11-24T12:00:00Z"), &json!("member")));
    let path = format!("{USERS}/{id}");
    assert_eq!(manager.ask(Method::GET, made.header(header::LOCATION), None).await.json(), mary);

    let change = json!({ "email": "mary@godwin.example", "username": null, "role": "admin" });
    let changed = manager.ask(Method::PATCH, &path, Some(change)).await.assert_ok().json();
    assert_eq!(
        (&changed["email"], &changed["username"], &changed["name"]),
        (&json!("mary@godwin.example"), &Value::Null, &json!("Mary Shelley"))
    );
    // The old names are free, the new one is hers.
    for (name, count) in [("mary", 0), ("mary@example.com", 0), ("MARY@godwin.example", 1)] {
        let found = manager.ask(Method::GET, &format!("{USERS}?name={name}"), None).await.json();
        assert_eq!(found["data"].as_array().unwrap().len(), count, "{name}");
    }
    manager.ask(Method::PATCH, &path, Some(json!({ "email": "ada@example.org" }))).await.assert_problem(409);
    manager.ask(Method::POST, USERS, Some(json!({ "email": "ADA@example.org" }))).await.assert_problem(409);

    assert_eq!(manager.ask(Method::DELETE, &path, None).await.status, 204);
    manager.ask(Method::GET, &path, None).await.assert_problem(404);
    manager.ask(Method::DELETE, &path, None).await.assert_problem(404);
}

/// An admin has every right but to change the organization; whoever has that is above them.
#[tokio::test]
async fn tn_10_nobody_makes_takes_over_or_removes_somebody_above_them() {
    let server = TestServer::start().await;
    let owner = Manager::of(&server, BuiltInRole::Owner).await;
    let boss = owner.ask(Method::POST, USERS, Some(json!({ "email": "boss@example.com", "role": "owner" }))).await.assert_ok();
    let boss = format!("{USERS}/{}", boss.text("id"));
    let grace = format!("{USERS}/{}", id_of(&owner, "grace").await);
    let admin = Manager::of(&server, BuiltInRole::Admin).await;
    for change in [
        json!({ "password": "a password of mine" }),
        json!({ "email": "mine@example.com" }),
        json!({ "status": "disabled" }),
        json!({ "role": "member" }),
    ] {
        admin.ask(Method::PATCH, &boss, Some(change)).await.assert_problem(403);
    }
    admin.ask(Method::DELETE, &boss, None).await.assert_problem(403);
    admin.ask(Method::PATCH, &grace, Some(json!({ "role": "owner" }))).await.assert_problem(403);
    let new = json!({ "email": "second@example.com", "role": "owner" });
    admin.ask(Method::POST, USERS, Some(new)).await.assert_problem(403);
    assert_eq!(admin.ask(Method::PATCH, &grace, Some(json!({ "role": "admin" }))).await.status, 200);
    // Nor does a token that was given less reach further than it was given.
    let token = admin.token("users:write").await;
    let change = Some(json!({ "name": "Changed" }));
    server.manage(Some(&token), Method::PATCH, &grace, change).await.assert_problem(403);
    assert_eq!(admin.ask(Method::GET, &boss, None).await.json()["status"], "active");
}

#[tokio::test]
async fn the_last_active_owner_stays() {
    let server = TestServer::start().await;
    let manager = Manager::of(&server, BuiltInRole::Owner).await;
    let ada = format!("{USERS}/{}", id_of(&manager, "ada").await);
    for change in [json!({ "role": "admin" }), json!({ "status": "disabled" })] {
        manager.ask(Method::PATCH, &ada, Some(change)).await.assert_problem(409);
    }
    manager.ask(Method::DELETE, &ada, None).await.assert_problem(409);
    let grace = format!("{USERS}/{}", id_of(&manager, "grace").await);
    assert_eq!(manager.ask(Method::PATCH, &grace, Some(json!({ "role": "owner" }))).await.status, 200);
    assert_eq!(manager.ask(Method::PATCH, &ada, Some(json!({ "role": "admin" }))).await.status, 200);
}

#[tokio::test]
async fn disabling_and_another_password_end_what_was_issued() {
    let server = TestServer::start().await;
    let manager = Manager::of(&server, BuiltInRole::Owner).await;
    let app = server.confidential().await;
    for change in [json!({ "password": "another password" }), json!({ "status": "disabled" })] {
        let grace = format!("{USERS}/{}", id_of(&manager, "grace").await);
        let code = {
            let mut browser = crate::support::Browser::new(&server);
            let answer = browser.authorize_as(&app.authorize_path(&Flow::openid()), "grace").await;
            crate::support::relying_party::query(&answer, "code").unwrap()
        };
        let token = app.exchange(&code).await.assert_ok().text("access_token");
        assert_eq!(server.userinfo(&token).await.status, 200);
        assert_eq!(manager.ask(Method::PATCH, &grace, Some(change)).await.status, 200);
        assert_eq!(server.userinfo(&token).await.status, 401);
        server.change_password("grace", crate::support::server::PASSWORD).await;
    }
}

#[tokio::test]
async fn me_tells_as_much_of_a_person_as_their_app_may_know() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let me = async |scope: &str| {
        let token = app.tokens(&Flow::openid().with("scope", scope)).await.text("access_token");
        server.manage(Some(&token), Method::GET, "/v1/users/me", None).await.assert_ok().json()
    };
    let little = me("openid").await;
    assert_eq!((&little["organization"]["slug"], &little["environment"]), (&json!("acme"), &json!("live")));
    assert!(little["id"].as_str().unwrap().starts_with("usr_") && little["permissions"] == json!([]));
    for hidden in ["email", "emailVerified", "username", "name"] {
        assert!(little.get(hidden).is_none(), "{hidden}: {little}");
    }
    let more = me("openid profile email").await;
    assert_eq!((&more["email"], &more["name"]), (&json!("ada@example.org"), &json!("Ada Lovelace")));
    // A client of its own is nobody.
    let machine = server.client(json!({ "grant_types": ["client_credentials"], "response_types": [], "scope": "reports" })).await;
    let token = machine.token(&[("grant_type", "client_credentials")]).await.text("access_token");
    server.manage(Some(&token), Method::GET, "/v1/users/me", None).await.assert_problem(401);
}

/// The permissions are scopes of one resource server: the management API.
#[tokio::test]
async fn a_token_with_permissions_is_for_the_management_api_and_only_a_user_gives_one() {
    let server = TestServer::start().await;
    let scope = "openid users:read";
    let app = server.client(json!({ "redirect_uris": [REDIRECT], "scope": scope })).await;
    let tokens = app.tokens(&Flow::openid().with("scope", scope)).await;
    let claims = server.claims(&tokens.text("access_token"));
    assert_eq!(claims["aud"], json!(["https://id.example.test/v1", "https://id.example.test"]));
    // Ada may not read users, whatever she lets an app do.
    server.manage(Some(&tokens.text("access_token")), Method::GET, USERS, None).await.assert_problem(403);
    let only = app.tokens(&Flow::openid().with("scope", "users:read")).await;
    assert_eq!(server.claims(&only.text("access_token"))["aud"], "https://id.example.test/v1");
    let named = app.tokens(&Flow::openid().with("scope", scope).with("resource", "https://id.example.test/v1")).await;
    assert_eq!(server.claims(&named.text("access_token"))["aud"], claims["aud"]);
    // Not together with another API.
    server.client(json!({ "redirect_uris": [REDIRECT], "resource_server": "https://api.example" })).await;
    let both = app.ask(&Flow::openid().with("scope", scope).with("resource", "https://api.example")).await;
    assert_eq!(crate::support::relying_party::query(&both.location(), "error").as_deref(), Some("invalid_scope"));
    // A client alone has no such rights to ask for.
    let machine = server
        .client(json!({ "grant_types": ["client_credentials"], "response_types": [], "scope": "reports users:read" }))
        .await;
    let asked = machine.token(&[("grant_type", "client_credentials"), ("scope", "users:read")]).await;
    asked.assert_refused("invalid_scope", "scope.not_allowed");
    assert_eq!(machine.token(&[("grant_type", "client_credentials")]).await.text("scope"), "reports");
}

/// Each owner takes the other's role away at the same moment: one of them stays.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_owners_do_not_unseat_each_other_at_once() {
    let server = TestServer::start().await;
    let (app, tenant, now) = (&server.app, &server.tenant, server.app.clock.now());
    let read = async |name: &str| users::read(app, &Actor::Operator, tenant, name).await.unwrap();
    let (ada, grace) = (read("ada").await.id, read("grace").await.id);
    for _ in 0..20 {
        for id in [ada, grace] {
            let change = UserChange { role: Some(BuiltInRole::Owner), ..UserChange::default() };
            users::update(app, &Actor::Operator, tenant, id, change, now).await.unwrap();
        }
        let unseat = |actor, id| {
            let (app, tenant) = (app.clone(), *tenant);
            let who = Who::User { id: actor, client_id: ClientId("app".to_owned()) };
            let actor = Actor::Holder(Holder { who, tenant, permissions: Permission::set(Permission::ALL) });
            let change = UserChange { role: Some(BuiltInRole::Member), ..UserChange::default() };
            tokio::spawn(async move { users::update(&app, &actor, &tenant, id, change, now).await })
        };
        let (one, other) = tokio::join!(unseat(ada, grace), unseat(grace, ada));
        let kept = [one.unwrap(), other.unwrap()].iter().filter(|done| matches!(done, Err(Failure::Refused(_)))).count();
        let owners = [read("ada").await, read("grace").await].iter().filter(|user| user.role == BuiltInRole::Owner).count();
        assert_eq!((kept, owners), (1, 1));
    }
}
