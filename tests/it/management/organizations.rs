//! `/v1/organizations`.

use axum::http::Method;
use base64::{Engine, engine::general_purpose::STANDARD};
use keyward::{
    model::{actor::Actor, role::BuiltInRole},
    services::directory::users,
};
use serde_json::{Value, json};

use crate::{
    support::{TestServer, management::Manager, server::person},
    tenants::neighbour,
};

#[tokio::test]
async fn an_organization_is_read_and_changed_by_slug_and_by_id() {
    let server = TestServer::start().await;
    neighbour(&server).await;
    let manager = Manager::of(&server, BuiltInRole::Owner).await;
    let all = manager.ask(Method::GET, "/v1/organizations", None).await.json();
    let own = manager.ask(Method::GET, "/v1/organizations/acme", None).await.json();
    assert_eq!(all, json!({ "data": [own], "nextCursor": null }));
    let by_id = format!("/v1/organizations/{}", own["id"].as_str().unwrap());
    assert_eq!(manager.ask(Method::GET, &by_id, None).await.json(), own);

    let logo = STANDARD.encode([0x89, b'P', b'N', b'G', 0, 1, 2, 3]);
    server.wait(time::Duration::MINUTE);
    let change = json!({ "name": "Acme Limited", "slug": "acme-limited", "accent": "#2F5BD7", "logo": logo });
    let changed = manager.ask(Method::PATCH, &by_id, Some(change)).await.assert_ok().json();
    let facts = [&changed["name"], &changed["slug"], &changed["accent"], &changed["logoType"], &changed["updatedAt"]];
    assert_eq!(
        facts,
        [&json!("Acme Limited"), &json!("acme-limited"), &json!("#2f5bd7"), &json!("image/png"), &json!("2026-11-24T12:01:00Z")]
    );
    // At once, under the new name only.
    manager.ask(Method::GET, "/v1/organizations/acme", None).await.assert_problem(404);
    assert_eq!(manager.ask(Method::GET, "/v1/organizations/acme-limited", None).await.json(), changed);
    let bare = manager.ask(Method::PATCH, &by_id, Some(json!({ "accent": null, "logo": null }))).await.assert_ok().json();
    assert_eq!((&bare["accent"], &bare["logoType"], &bare["name"]), (&Value::Null, &Value::Null, &json!("Acme Limited")));

    manager.ask(Method::PATCH, &by_id, Some(json!({ "slug": "globex" }))).await.assert_problem(409);
    for (body, field) in [
        (json!({ "name": "" }), "name"),
        (json!({ "name": null }), "name"),
        (json!({ "slug": "No Slug" }), "slug"),
        (json!({ "accent": "red" }), "accent"),
        (json!({ "logo": "no base64!" }), "logo"),
        (json!({ "logo": STANDARD.encode("<svg>") }), "logo"),
        (json!({ "id": "org_x" }), "id"),
    ] {
        let problem = manager.ask(Method::PATCH, &by_id, Some(body.clone())).await.assert_problem(422);
        assert_eq!(problem["errors"][0]["field"], field, "{body}");
    }
}

/// Live and test are two sets of data below one organization; its own settings are changed from the live side.
#[tokio::test]
async fn the_test_side_reads_its_organization_and_does_not_change_it() {
    let server = TestServer::start().await;
    let test = server.other_tenant().await;
    users::create(&server.app, &Actor::Operator, &test.tenant, person("ada"), server.app.clock.now()).await.unwrap();
    let there = Manager::of(&test, BuiltInRole::Owner).await;
    assert_eq!(there.ask(Method::GET, "/v1/organizations/acme", None).await.json()["name"], "Acme");
    there.ask(Method::PATCH, "/v1/organizations/acme", Some(json!({ "name": "Taken" }))).await.assert_problem(403);
    assert_eq!(there.ask(Method::GET, "/v1/organizations/acme", None).await.json()["name"], "Acme");
}
