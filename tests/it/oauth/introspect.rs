//! `/oauth/introspect`.

use keyward::{
    model::{id::ClientId, secret::Secret},
    services::clients::manage::{self, Imported},
};
use serde_json::json;
use time::Duration;

use crate::support::{Flow, RelyingParty, TestServer, refused, relying_party::REDIRECT};

#[tokio::test]
async fn a_client_sees_its_own_tokens() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let tokens = app.tokens(&Flow::openid()).await;
    let access = app.introspect(&tokens.text("access_token")).await.json();
    assert_eq!(
        (&access["active"], &access["token_type"], &access["client_id"]),
        (&json!(true), &json!("Bearer"), &json!(app.id))
    );
    assert_eq!(
        (&access["scope"], &access["iss"], &access["env"]),
        (&json!("openid email profile"), &json!(server.issuer()), &json!("live"))
    );
    assert!(access["sub"].as_str().unwrap().starts_with("usr_"));
    let refresh = app.introspect(&tokens.text("refresh_token")).await;
    assert_eq!(refresh.json()["active"], true);
    assert_eq!(refresh.header("cache-control"), "no-store");
}

#[tokio::test]
async fn ir_01_only_an_authenticated_confidential_client_may_ask() {
    let server = TestServer::start().await;
    let (app, public) = (server.confidential().await, server.public().await);
    let token = app.tokens(&Flow::openid()).await.text("access_token");
    let control = app.introspect(&token).await;
    refused(&server.post("/oauth/introspect", &[("token", &token)]).await, ("invalid_client", "client.absent"), &control);
    let by_public = public.post("/oauth/introspect", &[("token", &token)]).await;
    refused(&by_public, ("invalid_client", "introspection.public_client"), &control);
    let bearer =
        server.post_with("/oauth/introspect", &[("token", &token)], &[("authorization", &format!("Bearer {token}"))]).await;
    refused(&bearer, ("invalid_client", "client.basic_malformed"), &control);
}

#[tokio::test]
async fn ir_02_what_is_not_for_the_caller_is_inactive_and_nothing_else() {
    let server = TestServer::start().await;
    let (app, other) = (server.confidential().await, server.confidential().await);
    let tokens = app.tokens(&Flow::openid()).await;
    for token in [tokens.text("access_token"), tokens.text("refresh_token"), tokens.text("id_token"), "nonsense".to_owned()] {
        assert_eq!(other.introspect(&token).await.body, "{\"active\":false}");
    }
    assert_eq!(app.introspect(&tokens.text("id_token")).await.body, "{\"active\":false}");
}

#[tokio::test]
async fn a_resource_server_sees_what_is_for_its_audience() {
    let server = TestServer::start().await;
    let api = server.client(json!({ "grant_types": [], "response_types": [], "resource_server": "https://api.example" })).await;
    let app = server.client(json!({ "redirect_uris": [REDIRECT] })).await;
    let token = app.tokens(&Flow::openid().with("resource", "https://api.example")).await.text("access_token");
    assert_eq!(server.claims(&token)["aud"], json!(["https://api.example", server.issuer()]));
    assert_eq!(api.introspect(&token).await.json()["active"], true);
    let elsewhere = app.tokens(&Flow::openid()).await.text("access_token");
    assert_eq!(api.introspect(&elsewhere).await.body, "{\"active\":false}");
}

#[tokio::test]
async fn ir_04_a_disabled_user_has_no_live_token() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let tokens = app.tokens(&Flow::openid()).await;
    server.disable("ada").await;
    for token in ["access_token", "refresh_token"] {
        assert_eq!(app.introspect(&tokens.text(token)).await.body, "{\"active\":false}", "{token}");
    }
    assert_eq!(app.refresh(&tokens.text("refresh_token"), &[]).await.json()["error"], "invalid_grant");
}

#[tokio::test]
async fn ir_05_a_wrong_hint_does_not_hide_a_token() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let token = app.tokens(&Flow::openid()).await.text("access_token");
    let answer = app.post("/oauth/introspect", &[("token", &token), ("token_type_hint", "refresh_token")]).await;
    assert_eq!(answer.json()["active"], true);
}

#[tokio::test]
async fn ir_10_each_caller_gets_an_answer_of_its_own_each_time() {
    let server = TestServer::start().await;
    let api = server.client(json!({ "grant_types": [], "response_types": [], "resource_server": "https://api.example" })).await;
    let (app, other) = (server.confidential().await, server.confidential().await);
    let token = app.tokens(&Flow::openid().with("resource", "https://api.example")).await.text("access_token");
    for _ in 0..3 {
        for (caller, is_active) in [(&app, true), (&other, false), (&api, true)] {
            let answer = caller.introspect(&token).await;
            assert_eq!(answer.json()["active"], is_active, "{answer:?}");
            assert_eq!(answer.header("cache-control"), "no-store");
            assert!(answer.headers.get("etag").is_none());
        }
    }
    assert_eq!(app.revoke(&token).await.status, 200);
    for caller in [&app, &other, &api] {
        assert_eq!(caller.introspect(&token).await.body, "{\"active\":false}");
    }
}

const SECRET: &str = "brought from elsewhere";

/// A client that brought its identifier along.
async fn import(server: &TestServer) -> RelyingParty<'_> {
    let metadata = json!({ "client_name": "Imported", "grant_types": ["client_credentials"], "response_types": [] });
    let imported = Imported { id: ClientId::import("imp-1").unwrap(), secret: Some(Secret::new(SECRET)) };
    let metadata = metadata.as_object().unwrap().clone();
    manage::create(&server.app, &server.tenant, metadata, Some(imported), server.app.clock.now()).await.unwrap();
    RelyingParty { server, id: "imp-1".to_owned(), secret: Some(SECRET.to_owned()) }
}

#[tokio::test]
async fn a_token_of_a_deleted_client_stays_dead_when_its_id_is_taken_again() {
    let server = TestServer::start().await;
    let own = [("grant_type", "client_credentials")];
    let app = import(&server).await;
    let token = app.token(&own).await.text("access_token");
    assert_eq!(app.introspect(&token).await.json()["active"], true);
    server.wait(Duration::seconds(2));
    manage::delete(&server.app, &server.tenant, &ClientId(app.id.clone())).await.unwrap();
    let again = import(&server).await;
    assert_eq!(again.introspect(&token).await.body, "{\"active\":false}");
    let fresh = again.token(&own).await.text("access_token");
    assert_eq!(again.introspect(&fresh).await.json()["active"], true);
    // Whatever the clock said when the client was made.
    server.wait(-Duration::hours(1));
    let early = again.token(&own).await.text("access_token");
    assert_eq!(again.introspect(&early).await.json()["active"], true);
}
