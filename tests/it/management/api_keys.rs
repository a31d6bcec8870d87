//! `/v1/organizations/{org}/api-keys`, and what a key opens.

use axum::http::{Method, header};
use keyward::{
    model::{
        actor::Actor,
        api_key::{self, ApiKeyType},
        role::BuiltInRole,
    },
    services::{
        api_keys::manage::{self, NewApiKey, Rotation},
        directory::users::{self, UserChange},
    },
};
use serde_json::{Value, json};
use time::Duration;

use crate::{
    support::{Answer, TestServer, management::Manager},
    tenants::neighbour,
};

const KEYS: &str = "/v1/organizations/acme/api-keys";
const USERS: &str = "/v1/organizations/acme/users";

async fn me(server: &TestServer, key: &str) -> Answer {
    server.manage(Some(key), Method::GET, "/v1/users/me", None).await
}

/// The reference page, call by call.
#[tokio::test]
async fn a_key_is_made_with_a_key_used_and_revoked() {
    let server = TestServer::start().await;
    let existing = Manager::key(&server, &server.tenant, "api-keys:write users:read users:write roles:read").await;
    let existing = existing.credential.reveal();
    let body =
        json!({ "name": "Production Backend", "permissions": ["users:read", "users:write", "roles:read"], "expiresIn": "365d" });
    let made = server.manage(Some(existing), Method::POST, KEYS, Some(body)).await;
    assert_eq!((made.status, made.header(header::CACHE_CONTROL)), (201, "no-store"));
    let made = made.json();
    assert_eq!((&made["createdAt"], &made["expiresAt"]), (&json!("2026-11-24T12:00:00Z"), &json!("2027-11-24T12:00:00Z")));
    assert_eq!(made["permissions"], json!(["users:read", "users:write", "roles:read"]));
    let (id, key) = (made["id"].as_str().unwrap(), made["key"].as_str().unwrap());
    assert!(id.starts_with("key_") && key.starts_with("ak_live_") && api_key::lookup(key).is_some());
    assert_eq!(server.manage(Some(key), Method::GET, USERS, None).await.status, 200);
    let about = me(&server, key).await.json();
    assert_eq!((&about["type"], &about["id"], &about["permissions"]), (&json!("api_key"), &json!(id), &made["permissions"]));
    // Shown once.
    let reader = Manager::key(&server, &server.tenant, "api-keys:read").await;
    let read = server.manage(Some(reader.credential.reveal()), Method::GET, &format!("{KEYS}/{id}"), None).await;
    assert!(read.json().get("key").is_none() && !read.body.contains(key));
    let revoked = server.manage(Some(key), Method::DELETE, &format!("{KEYS}/{id}"), None).await;
    assert_eq!((revoked.status, revoked.body.as_str()), (204, ""));
    me(&server, key).await.assert_problem(401);
    server.manage(Some(key), Method::GET, USERS, None).await.assert_problem(401);
    // Its maker lives on, and it stays readable.
    assert_eq!(me(&server, existing).await.status, 200);
    let read = server.manage(Some(reader.credential.reveal()), Method::GET, &format!("{KEYS}/{id}"), None).await;
    assert_eq!(read.json()["revokedAt"], "2026-11-24T12:00:00Z");
    let all = server.manage(Some(reader.credential.reveal()), Method::GET, KEYS, None).await.json();
    assert_eq!(all["data"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn ak_04_ak_16_whatever_is_wrong_with_a_key_is_told_alike() {
    let server = TestServer::start_with("limits.client_failures = 1000").await;
    let (good, other) =
        (Manager::key(&server, &server.tenant, "users:read").await, Manager::key(&server, &server.tenant, "users:read").await);
    let good = good.credential.reveal().to_owned();
    assert_eq!(me(&server, &good).await.status, 200);
    let unknown = api_key::compose(ApiKeyType::Api, server.tenant.environment, &server.app.randomness.bytes::<96>()).unwrap();
    // The look-up id of one with the secret of another, and a checksum that fits.
    let mut told = Vec::new();
    let near = [
        good.to_uppercase(),
        format!("{good}x"),
        good.replace("ak_live_", "ak_test_"),
        other.credential.reveal()[..60].to_owned(),
    ];
    for key in near.iter().map(String::as_str).chain([unknown.secret.reveal(), "ak_live_", "scim_x"]) {
        let answer = me(&server, key).await;
        let mut problem = answer.assert_problem(401);
        problem["requestId"] = Value::Null;
        told.push((problem, answer.header(header::WWW_AUTHENTICATE).to_owned()));
        assert!(!answer.body.contains(key));
    }
    told.dedup();
    assert_eq!(told.len(), 1, "{told:?}");
}

#[tokio::test]
async fn ak_17_guessing_is_slowed_by_address_and_locks_nobody_out() {
    let server = TestServer::start_with("limits.client_failures = 3").await;
    let key = Manager::key(&server, &server.tenant, "users:read").await;
    for expected in [401, 401, 401, 429] {
        me(&server, "ak_live_guess").await.assert_problem(expected);
    }
    let elsewhere = server.from("192.0.2.7".parse().unwrap());
    assert_eq!(me(&elsewhere, key.credential.reveal()).await.status, 200);
}

#[tokio::test]
async fn ak_05_a_key_does_what_its_owner_may_do_now() {
    let server = TestServer::start().await;
    let (app, tenant, now) = (&server.app, &server.tenant, server.app.clock.now());
    let ada = users::read(app, &Actor::Operator, tenant, "ada").await.unwrap().id;
    let set = async |change: UserChange| {
        users::update(app, &Actor::Operator, tenant, ada, change, now).await.unwrap();
    };
    let role = |role| UserChange { role: Some(role), ..UserChange::default() };
    set(role(BuiltInRole::Owner)).await;
    let new = NewApiKey {
        name: "Ada's".to_owned(),
        permissions: vec!["users:read".to_owned(), "organizations:write".to_owned()],
        owner: Some(ada),
        ..NewApiKey::default()
    };
    let made = manage::create(app, &Actor::Operator, tenant, new, now).await.unwrap();
    let key = made.credential.reveal();
    let permissions = async || me(&server, key).await.json()["permissions"].clone();
    assert_eq!(permissions().await, json!(["users:read", "organizations:write"]));
    set(role(BuiltInRole::Admin)).await;
    assert_eq!(permissions().await, json!(["users:read"]));
    set(role(BuiltInRole::Member)).await;
    assert_eq!(permissions().await, json!([]));
    server.manage(Some(key), Method::GET, USERS, None).await.assert_problem(403);
    set(role(BuiltInRole::Owner)).await;
    server.disable("ada").await;
    me(&server, key).await.assert_problem(401);
    server.change_password("ada", crate::support::server::PASSWORD).await;
    me(&server, key).await.assert_problem(401);
    set(UserChange { status: Some(keyward::model::user::UserStatus::Active), ..UserChange::default() }).await;
    assert_eq!(me(&server, key).await.status, 200);
    users::delete(app, &Actor::Operator, tenant, ada, now).await.unwrap();
    me(&server, key).await.assert_problem(401);
    let read = manage::read(app, &Actor::Operator, tenant, made.key.id).await.unwrap();
    assert_eq!((read.owner, read.revoked_at), (Some(ada), Some(now)));
}

#[tokio::test]
async fn ak_10_ak_11_nobody_makes_or_changes_a_key_that_may_do_more_than_they() {
    let server = TestServer::start().await;
    let weak = Manager::key(&server, &server.tenant, "api-keys:write users:read").await;
    let strong = Manager::key(&server, &server.tenant, "users:delete users:read").await;
    let boss = Manager::of(&server, BuiltInRole::Owner).await;
    let ada = boss.ask(Method::GET, &format!("{USERS}?name=ada"), None).await.json()["data"][0]["id"].clone();
    let ask = async |method: Method, path: &str, body: Value| {
        server.manage(Some(weak.credential.reveal()), method, path, Some(body)).await
    };
    let new = |more: Value| {
        let mut body = json!({ "name": "New", "permissions": ["users:read"] });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    assert_eq!(ask(Method::POST, KEYS, new(json!({}))).await.status, 201);
    ask(Method::POST, KEYS, new(json!({ "permissions": ["users:read", "users:delete"] }))).await.assert_problem(403);
    ask(Method::POST, KEYS, new(json!({ "owner": ada }))).await.assert_problem(403);
    for (more, field) in [
        (json!({ "user_id": ada }), "user_id"),
        (json!({ "org_id": "org_x" }), "org_id"),
        (json!({ "organizationId": "org_x" }), "organizationId"),
        (json!({ "environment": "test" }), "environment"),
        (json!({ "owner": "ada" }), "owner"),
        (json!({ "owner": "usr_00000000000000000000000000" }), "owner"),
        (json!({ "permissions": ["users:raed"] }), "permissions[0]"),
        (json!({ "permissions": [] }), "permissions"),
        (json!({ "type": "root" }), "type"),
        (json!({ "expiresIn": "-1d" }), "expiresIn"),
        (json!({ "expiresIn": "366d" }), "expiresIn"),
        (json!({ "expiresIn": 365 }), "expiresIn"),
        (json!({ "expiresIn": "1d", "expiresAt": "2027-01-01T00:00:00Z" }), "expiresIn"),
        (json!({ "expiresAt": "2020-01-01T00:00:00Z" }), "expiresAt"),
        (json!({ "allowedIps": ["192.0.2.0/24", "nonsense"] }), "allowedIps[1]"),
        (json!({ "type": "scim" }), "permissions"),
        (json!({ "name": "" }), "name"),
    ] {
        let problem = ask(Method::POST, KEYS, new(more.clone())).await.assert_problem(422);
        assert_eq!(problem["errors"][0]["field"], field, "{more}");
    }
    server.manage(None, Method::POST, KEYS, Some(new(json!({ "user_id": ada })))).await.assert_problem(401);
    let path = format!("{KEYS}/{}", strong.key.id);
    for change in [json!({ "name": "Mine" }), json!({ "allowedIps": [] }), json!({ "permissions": ["users:read"] })] {
        ask(Method::PATCH, &path, change).await.assert_problem(403);
    }
    ask(Method::POST, &format!("{path}/rotate"), json!({})).await.assert_problem(403);
    // A key changes itself like any other: not to more.
    let itself = format!("{KEYS}/{}", weak.key.id);
    ask(Method::PATCH, &itself, json!({ "permissions": ["api-keys:write", "users:delete"] })).await.assert_problem(403);
    assert_eq!(ask(Method::PATCH, &itself, json!({ "permissions": ["api-keys:write"] })).await.status, 200);
    ask(Method::POST, KEYS, new(json!({}))).await.assert_problem(403);
    // What has no right to manage keys ends itself, and no other.
    let lone = strong.credential.reveal();
    server.manage(Some(lone), Method::DELETE, &itself, None).await.assert_problem(403);
    assert_eq!(server.manage(Some(lone), Method::DELETE, &path, None).await.status, 204);
    // A change reaches no dead key.
    ask(Method::PATCH, &path, json!({ "name": "Back" })).await.assert_problem(403);
    boss.ask(Method::PATCH, &path, Some(json!({ "name": "Back" }))).await.assert_problem(409);
    boss.ask(Method::POST, &format!("{path}/rotate"), Some(json!({}))).await.assert_problem(409);
}

/// A key made with a key inherits its owner, and lives on when its maker dies; one that a user makes is theirs.
#[tokio::test]
async fn a_key_belongs_to_whoever_its_maker_belongs_to() {
    let server = TestServer::start().await;
    let boss = Manager::of(&server, BuiltInRole::Owner).await;
    let ada = boss.ask(Method::GET, &format!("{USERS}?name=ada"), None).await.json()["data"][0]["id"].clone();
    let body = json!({ "name": "Hers", "permissions": ["api-keys:write", "users:read"] });
    let hers = boss.ask(Method::POST, KEYS, Some(body.clone())).await.assert_ok().json();
    assert_eq!(hers["owner"], ada);
    let child = server.manage(hers["key"].as_str(), Method::POST, KEYS, Some(body.clone())).await.assert_ok().json();
    assert_eq!(child["owner"], ada);
    let own = Manager::key(&server, &server.tenant, "api-keys:write users:read").await;
    let of_organization = server.manage(Some(own.credential.reveal()), Method::POST, KEYS, Some(body)).await.assert_ok().json();
    assert_eq!(of_organization["owner"], Value::Null);
    let path = format!("{KEYS}/{}", hers["id"].as_str().unwrap());
    assert_eq!(boss.ask(Method::DELETE, &path, None).await.status, 204);
    assert_eq!(me(&server, child["key"].as_str().unwrap()).await.status, 200);
    // To somebody who may do all of it.
    let grace = boss.ask(Method::GET, &format!("{USERS}?name=grace"), None).await.json()["data"][0]["id"].clone();
    let path = format!("{KEYS}/{}", child["id"].as_str().unwrap());
    boss.ask(Method::PATCH, &path, Some(json!({ "owner": grace }))).await.assert_problem(403);
    let user = format!("{USERS}/{}", grace.as_str().unwrap());
    assert_eq!(boss.ask(Method::PATCH, &user, Some(json!({ "role": "admin" }))).await.status, 200);
    assert_eq!(boss.ask(Method::PATCH, &path, Some(json!({ "owner": grace }))).await.json()["owner"], grace);
}

#[tokio::test]
async fn two_secrets_are_good_while_a_rotation_overlaps_and_never_three() {
    let server = TestServer::start().await;
    let (app, tenant) = (&server.app, &server.tenant);
    let first = Manager::key(&server, tenant, "users:read").await;
    let boss = Manager::of(&server, BuiltInRole::Owner).await;
    let path = format!("{KEYS}/{}/rotate", first.key.id);
    let second = boss.ask(Method::POST, &path, Some(json!({}))).await.assert_ok().json();
    assert_eq!((&second["id"], &second["previousKeyExpiresAt"]), (&json!(first.key.id), &json!("2026-11-25T12:00:00Z")));
    let (one, two) = (first.credential.reveal(), second["key"].as_str().unwrap());
    assert_eq!((me(&server, one).await.status, me(&server, two).await.status), (200, 200));
    boss.ask(Method::POST, &path, Some(json!({}))).await.assert_problem(409);
    server.wait(Duration::hours(24));
    assert_eq!((me(&server, one).await.status, me(&server, two).await.status), (401, 200));
    let now = app.clock.now();
    let rotation = Rotation { overlap: Some("0s".to_owned()) };
    let third = manage::rotate(app, &Actor::Operator, tenant, first.key.id, rotation, now).await.unwrap();
    assert_eq!((me(&server, two).await.status, me(&server, third.credential.reveal()).await.status), (401, 200));
    for overlap in ["-1h", "soon"] {
        let rotation = Rotation { overlap: Some(overlap.to_owned()) };
        assert!(manage::rotate(app, &Actor::Operator, tenant, first.key.id, rotation, now).await.is_err(), "{overlap}");
    }
    server.wait(Duration::days(365));
    me(&server, third.credential.reveal()).await.assert_problem(401);
}

#[tokio::test]
async fn ak_07_an_address_list_is_kept_and_no_header_gets_around_it() {
    let server = TestServer::start().await;
    let new = NewApiKey {
        name: "Bound".to_owned(),
        permissions: vec!["users:read".to_owned()],
        allowed_ips: vec!["192.0.2.0/24".to_owned(), "2001:db8::/32".to_owned()],
        ..NewApiKey::default()
    };
    let key = manage::create(&server.app, &Actor::Operator, &server.tenant, new, server.app.clock.now()).await.unwrap();
    let bearer = format!("Bearer {}", key.credential.reveal());
    for peer in ["192.0.2.9", "::ffff:192.0.2.9", "2001:db8::9"] {
        let from = server.from(peer.parse().unwrap());
        assert_eq!(from.get_with("/v1/users/me", &[("authorization", &bearer)]).await.status, 200, "{peer}");
    }
    for peer in ["198.51.100.9", "::1", "::ffff:198.51.100.9"] {
        let from = server.from(peer.parse().unwrap());
        for header in ["x-forwarded-for", "forwarded", "x-real-ip", "client-ip", "true-client-ip", "cf-connecting-ip"] {
            for value in ["192.0.2.9", "for=192.0.2.9", "192.0.2.9, 198.51.100.9", "::ffff:192.0.2.9", "garbage"] {
                let answer = from.get_with("/v1/users/me", &[("authorization", &bearer), (header, value)]).await;
                answer.assert_problem(403);
            }
        }
    }
}

#[tokio::test]
async fn ak_14_live_and_test_and_other_organizations_never_meet() {
    let server = TestServer::start().await;
    let (test, globex) = (server.other_tenant().await, neighbour(&server).await);
    let all = "api-keys:read api-keys:write users:read organizations:read";
    let live = Manager::key(&server, &server.tenant, all).await;
    let there = Manager::key(&server, &test.tenant, all).await;
    let theirs = Manager::key(&server, &globex.tenant, all).await;
    assert!(there.credential.reveal().starts_with("ak_test_"));
    let count = async |key: &str, org: &str| {
        let answer = server.manage(Some(key), Method::GET, &format!("/v1/organizations/{org}/users"), None).await;
        if answer.status == 200 { answer.json()["data"].as_array().unwrap().len() } else { usize::from(answer.status) }
    };
    assert_eq!(count(live.credential.reveal(), "acme").await, 2);
    assert_eq!(count(there.credential.reveal(), "acme").await, 0);
    assert_eq!(count(theirs.credential.reveal(), "acme").await, 404);
    assert_eq!(count(theirs.credential.reveal(), "globex").await, 2);
    for (key, id) in [(&there, live.key.id), (&live, there.key.id), (&theirs, live.key.id)] {
        for method in [Method::GET, Method::DELETE] {
            let path = format!("{KEYS}/{id}").replace("acme", if key.key.id == theirs.key.id { "globex" } else { "acme" });
            server.manage(Some(key.credential.reveal()), method, &path, None).await.assert_problem(404);
        }
    }
    let made = server
        .manage(Some(there.credential.reveal()), Method::POST, KEYS, Some(json!({ "name": "x", "permissions": ["users:read"] })))
        .await
        .assert_ok();
    assert!(made.text("key").starts_with("ak_test_") && made.text("environment") == "test");
    // A key for provisioning opens nothing here.
    let new = NewApiKey { name: "SCIM".to_owned(), kind: Some(ApiKeyType::Scim), ..NewApiKey::default() };
    let scim = manage::create(&server.app, &Actor::Operator, &server.tenant, new, server.app.clock.now()).await.unwrap();
    assert!(scim.credential.reveal().starts_with("scim_"));
    me(&server, scim.credential.reveal()).await.assert_problem(401);
}
