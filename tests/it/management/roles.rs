//! `/v1/organizations/{org}/roles`, and who has them.

use axum::http::Method;
use keyward::model::{permission::Permission, role::BuiltInRole};
use serde_json::json;

use crate::support::{TestServer, management::Manager};

const ROLES: &str = "/v1/organizations/acme/roles";

#[tokio::test]
async fn built_in_roles_come_first_and_are_what_they_are() {
    let server = TestServer::start().await;
    let manager = Manager::of(&server, BuiltInRole::Owner).await;
    let new = json!({ "name": "Support", "permissions": ["users:read", "users:read", "audit:read"] });
    let made = manager.ask(Method::POST, ROLES, Some(new)).await;
    assert_eq!((made.status, &made.json()["permissions"]), (201, &json!(["users:read", "audit:read"])));
    let (mut names, mut path) = (Vec::new(), format!("{ROLES}?limit=2"));
    loop {
        let part = manager.ask(Method::GET, &path, None).await.json();
        names.extend(part["data"].as_array().unwrap().iter().map(|role| role["name"].as_str().unwrap().to_owned()));
        let Some(cursor) = part["nextCursor"].as_str() else { break };
        path = format!("{ROLES}?limit=2&cursor={cursor}");
    }
    assert_eq!(names, ["owner", "admin", "member", "Support"]);
    let owner = format!("{ROLES}/{}", BuiltInRole::Owner.id());
    let read = manager.ask(Method::GET, &owner, None).await.json();
    assert_eq!((&read["builtIn"], read["permissions"].as_array().unwrap().len()), (&json!(true), Permission::ALL.len()));
    manager.ask(Method::PATCH, &owner, Some(json!({ "permissions": [] }))).await.assert_problem(409);
    manager.ask(Method::DELETE, &owner, None).await.assert_problem(409);
    for (body, field) in [
        (json!({ "name": "owner", "permissions": [] }), "name"),
        (json!({ "name": BuiltInRole::Owner.id().to_string(), "permissions": [] }), "name"),
        (json!({ "name": " ", "permissions": [] }), "name"),
        (json!({ "name": "X", "permissions": ["users:read", "users:raed"] }), "permissions[1]"),
        (json!({ "name": "X", "permissions": ["*"] }), "permissions[0]"),
        (json!({ "name": "X", "permissions": "users:read" }), "permissions"),
        (json!({ "name": "X" }), "permissions"),
    ] {
        let problem = manager.ask(Method::POST, ROLES, Some(body.clone())).await.assert_problem(422);
        assert_eq!(problem["errors"][0]["field"], field, "{body}");
    }
    manager.ask(Method::POST, ROLES, Some(json!({ "name": "Support", "permissions": [] }))).await.assert_problem(409);
}

#[tokio::test]
async fn ak_10_a_role_gives_nobody_more_than_its_maker_has() {
    let server = TestServer::start().await;
    let owner = Manager::of(&server, BuiltInRole::Owner).await;
    let strong = owner.ask(Method::POST, ROLES, Some(json!({ "name": "Strong", "permissions": ["organizations:write"] }))).await;
    let strong = strong.assert_ok().text("id");
    let users = "/v1/organizations/acme/users";
    let boss = json!({ "email": "boss@example.org", "role": "owner" });
    assert_eq!(owner.ask(Method::POST, users, Some(boss)).await.status, 201);
    let grace = owner.ask(Method::GET, &format!("{users}?name=grace"), None).await.json()["data"][0]["id"].clone();
    let (grace, path) = (grace.as_str().unwrap().to_owned(), format!("{ROLES}/{strong}"));
    let admin = Manager::of(&server, BuiltInRole::Admin).await;
    let weak = admin.ask(Method::POST, ROLES, Some(json!({ "name": "Weak", "permissions": ["users:read"] }))).await.assert_ok();
    let weak = weak.text("id");
    let beyond = json!({ "permissions": ["users:read", "organizations:write"] });
    admin.ask(Method::PATCH, &format!("{ROLES}/{weak}"), Some(beyond)).await.assert_problem(403);
    admin
        .ask(Method::POST, ROLES, Some(json!({ "name": "Mine", "permissions": ["organizations:write"] })))
        .await
        .assert_problem(403);
    admin.ask(Method::PATCH, &path, Some(json!({ "name": "Mine" }))).await.assert_problem(403);
    admin.ask(Method::DELETE, &path, None).await.assert_problem(403);
    let assign = |role: &str| format!("{users}/{grace}/roles/{role}");
    admin.ask(Method::PUT, &assign(&strong), None).await.assert_problem(403);
    admin.ask(Method::PUT, &assign(&BuiltInRole::Owner.id().to_string()), None).await.assert_problem(403);
    for _ in 0..2 {
        assert_eq!(admin.ask(Method::PUT, &assign(&weak), None).await.status, 204);
    }
    // Whoever has more than an admin is out of an admin's reach.
    assert_eq!(owner.ask(Method::PUT, &assign(&strong), None).await.status, 403, "ada is an admin now");
    let owner = Manager::of(&server, BuiltInRole::Owner).await;
    assert_eq!(owner.ask(Method::PUT, &assign(&strong), None).await.status, 204);
    let read = owner.ask(Method::GET, &format!("{users}/{grace}"), None).await.json();
    let roles: std::collections::BTreeSet<_> = read["roles"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    assert_eq!(roles, [strong.as_str(), weak.as_str()].into());
    let admin = Manager::of(&server, BuiltInRole::Admin).await;
    admin.ask(Method::PATCH, &format!("{users}/{grace}"), Some(json!({ "name": "X" }))).await.assert_problem(403);
    admin.ask(Method::DELETE, &assign(&weak), None).await.assert_problem(403);
    let owner = Manager::of(&server, BuiltInRole::Owner).await;
    assert_eq!(owner.ask(Method::DELETE, &assign(&strong), None).await.status, 204);
    owner.ask(Method::DELETE, &assign(&strong), None).await.assert_problem(404);
    assert_eq!(owner.ask(Method::PUT, &assign(&BuiltInRole::Admin.id().to_string()), None).await.status, 204);
    assert_eq!(owner.ask(Method::GET, &format!("{users}/{grace}"), None).await.json()["role"], "admin");
}
