//! How requests are read, whatever they are about: credentials, bodies, queries, cursors.

use axum::http::{Method, Request, header};
use keyward::model::role::BuiltInRole;
use serde_json::{Value, json};

use crate::support::{Answer, TestServer, management::Manager, relying_party::basic};

const USERS: &str = "/v1/organizations/acme/users";
const ROLES: &str = "/v1/organizations/acme/roles";

#[track_caller]
fn fields(answer: &Answer) -> Vec<String> {
    let problem = answer.assert_problem(422);
    problem["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn ak_13_one_bearer_credential_in_one_header_and_nowhere_else() {
    let server = TestServer::start().await;
    let manager = Manager::of(&server, BuiltInRole::Owner).await;
    let token = manager.token("users:read").await;
    let bearer = format!("Bearer {token}");
    assert_eq!(server.get_with(USERS, &[("authorization", &bearer)]).await.status, 200);
    assert_eq!(server.get_with(USERS, &[("authorization", &format!("bearer {token}"))]).await.status, 200);
    let as_user = basic(&token, "");
    let attacks: [&[(&str, &str)]; 5] = [
        &[],
        &[("authorization", &bearer), ("authorization", &bearer)],
        &[("authorization", &as_user)],
        &[("cookie", &format!("access_token={token}"))],
        &[("authorization", &format!("Bearer {token}x"))],
    ];
    for headers in attacks {
        server.get_with(USERS, headers).await.assert_problem(401);
    }
    server.get(&format!("{USERS}?access_token={token}")).await.assert_problem(401);
    // With a credential, the query is read, and this is none of its parameters.
    let in_both = server.get_with(&format!("{USERS}?access_token={token}"), &[("authorization", &bearer)]).await;
    assert_eq!(fields(&in_both), ["access_token"]);
    assert!(!in_both.body.contains(&token));
}

#[tokio::test]
async fn a_body_is_one_json_object_whose_wrong_members_are_named() {
    let server = TestServer::start().await;
    let manager = Manager::of(&server, BuiltInRole::Owner).await;
    for (body, field) in [
        (json!({}), "email"),
        (json!({ "email": 1 }), "email"),
        (json!({ "email": "no address" }), "email"),
        (json!({ "email": "new@example.com", "nonsense": true }), "nonsense"),
        // Whose it is is not for the body to say.
        (json!({ "email": "new@example.com", "organizationId": "org_x" }), "organizationId"),
        (json!({ "email": "new@example.com", "id": "usr_x" }), "id"),
        (json!({ "email": "new@example.com", "role": "emperor" }), "role"),
        (json!({ "email": "new@example.com", "claims": { "sub": "x" } }), "sub"),
        (json!({ "email": "new@example.com", "claims": [] }), "claims"),
        (json!({ "email": "new@example.com", "password": "short" }), "password"),
        (json!({ "email": "new@example.com", "emailVerified": "yes" }), "emailVerified"),
    ] {
        assert_eq!(fields(&manager.ask(Method::POST, USERS, Some(body.clone())).await), [field], "{body}");
    }
    for (body, field) in [
        (json!({ "email": null }), "email"),
        (json!({ "status": "gone" }), "status"),
        (json!({ "createdAt": "2026-01-01T00:00:00Z" }), "createdAt"),
    ] {
        let ada = manager.ask(Method::GET, &format!("{USERS}?name=ada"), None).await.json()["data"][0]["id"].clone();
        let path = format!("{USERS}/{}", ada.as_str().unwrap());
        assert_eq!(fields(&manager.ask(Method::PATCH, &path, Some(body.clone())).await), [field], "{body}");
    }
    // What was there instead may be a secret.
    let told = manager.ask(Method::POST, USERS, Some(json!({ "email": "new@example.com", "password": 4711_4711 }))).await;
    assert_eq!(fields(&told), ["password"]);
    assert!(told.body.contains("must be a string") && !told.body.contains("4711"), "{told:?}");
    let token = manager.token("users:write").await;
    let send = async |media_type: &str, body: &str| {
        let request = Request::post(USERS)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, media_type)
            .body(body.to_owned().into());
        server.send(request.unwrap()).await
    };
    for body in ["", "[]", "null", "{", "{\"email\":\"a@b.example\",\"email\":\"c@d.example\"}", "{\"email\":\"a@b.example\"} {}"]
    {
        send("application/json", body).await.assert_problem(400);
    }
    send("text/plain", "{\"email\":\"a@b.example\"}").await.assert_problem(415);
    let huge = format!("{{\"email\":\"{}\"}}", "x".repeat(200_000));
    send("application/json", &huge).await.assert_problem(400);
    assert_eq!(send("Application/JSON; charset=utf-8", "{\"email\":\"a@b.example\"}").await.status, 201);
    // Nothing of all that was kept but the last.
    let all = manager.ask(Method::GET, USERS, None).await.json();
    let known: Vec<&str> = all["data"].as_array().unwrap().iter().map(|user| user["email"].as_str().unwrap()).collect();
    assert!(known.contains(&"a@b.example") && !known.contains(&"new@example.com"), "{known:?}");
}

#[tokio::test]
async fn what_is_not_there_is_told_as_a_problem_too() {
    let server = TestServer::start().await;
    let manager = Manager::of(&server, BuiltInRole::Owner).await;
    manager.ask(Method::GET, "/v1/nothing", None).await.assert_problem(404);
    manager.ask(Method::DELETE, USERS, None).await.assert_problem(405);
    for id in ["usr_x", "client_01k3gk0000e008000000000000", "usr_00000000000000000000000000", "%00", "..%2f"] {
        manager.ask(Method::GET, &format!("{USERS}/{id}"), None).await.assert_problem(404);
    }
}

#[tokio::test]
async fn tn_04_a_list_is_read_in_parts_and_a_cursor_is_good_for_its_own_list_only() {
    let server = TestServer::start().await;
    let manager = Manager::of(&server, BuiltInRole::Owner).await;
    for count in 0..5 {
        let body = json!({ "email": format!("person{count}@example.com") });
        assert_eq!(manager.ask(Method::POST, USERS, Some(body)).await.status, 201);
    }
    let whole = manager.ask(Method::GET, USERS, None).await.json();
    assert_eq!(whole["nextCursor"], Value::Null);
    let (mut parts, mut cursors, mut path) = (Vec::new(), Vec::new(), format!("{USERS}?limit=3"));
    loop {
        let part = manager.ask(Method::GET, &path, None).await.json();
        let data = part["data"].as_array().unwrap().clone();
        assert!((1..=3).contains(&data.len()));
        parts.extend(data);
        let Some(cursor) = part["nextCursor"].as_str() else { break };
        cursors.push(cursor.to_owned());
        path = format!("{USERS}?limit=3&cursor={cursor}");
    }
    assert_eq!((json!(parts), cursors.len()), (whole["data"].clone(), 2));
    for query in ["limit=0", "limit=101", "limit=-1", "limit=x", "limit=1&limit=2"] {
        assert_eq!(fields(&manager.ask(Method::GET, &format!("{USERS}?{query}"), None).await), ["limit"], "{query}");
    }
    // Neither made up, nor changed, nor of another list, nor in the other environment.
    let changed = cursors[0].replace(char::is_alphabetic, "A");
    for cursor in ["x", "AAAA", changed.as_str()] {
        assert_eq!(fields(&manager.ask(Method::GET, &format!("{USERS}?cursor={cursor}"), None).await), ["cursor"]);
    }
    assert_eq!(fields(&manager.ask(Method::GET, &format!("{ROLES}?cursor={}", cursors[0]), None).await), ["cursor"]);
    let test = server.other_tenant().await;
    let now = server.app.clock.now();
    let ada = crate::support::server::person("ada");
    let operator = keyward::model::actor::Actor::Operator;
    keyward::services::directory::users::create(&server.app, &operator, &test.tenant, ada, now).await.unwrap();
    let there = Manager::of(&test, BuiltInRole::Owner).await;
    assert_eq!(fields(&there.ask(Method::GET, &format!("{USERS}?cursor={}", cursors[0]), None).await), ["cursor"]);
    let theirs = there.ask(Method::GET, USERS, None).await.json();
    assert_eq!(theirs["data"].as_array().unwrap().len(), 1, "{theirs}");
    assert_eq!(theirs["data"][0]["environment"], "test");
}
