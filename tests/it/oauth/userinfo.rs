//! `/oauth/userinfo`.

use axum::http::header;
use serde_json::json;
use time::Duration;

use crate::support::{Flow, TestServer, browser::NO_FIELDS, relying_party::REDIRECT};

#[tokio::test]
async fn ui_05_claims_come_by_scope_and_by_request() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let all = server
        .userinfo(&app.tokens(&Flow::openid().with("scope", "openid profile email address phone")).await.text("access_token"))
        .await
        .json();
    for claim in [
        "name",
        "family_name",
        "given_name",
        "middle_name",
        "nickname",
        "preferred_username",
        "profile",
        "picture",
        "website",
        "gender",
        "birthdate",
        "zoneinfo",
        "locale",
        "updated_at",
        "email",
        "email_verified",
        "address",
        "phone_number",
        "phone_number_verified",
    ] {
        assert!(all.get(claim).is_some(), "{claim}: {all}");
    }
    assert!(all["updated_at"].is_number() && all["email_verified"].is_boolean() && all.get("nonce").is_none());

    // UI-05: nothing beyond what was asked for.
    let email =
        server.userinfo(&app.tokens(&Flow::openid().with("scope", "openid email")).await.text("access_token")).await.json();
    assert_eq!(email.as_object().unwrap().keys().collect::<Vec<_>>(), ["email", "email_verified", "sub"]);
    let asked = Flow::openid().with("scope", "openid").with("claims", "{\"userinfo\":{\"name\":{\"essential\":true}}}");
    let tokens = app.tokens(&asked).await;
    assert_eq!(server.userinfo(&tokens.text("access_token")).await.json()["name"], "Ada Lovelace");
    assert!(server.claims(&tokens.text("id_token")).get("name").is_none());

    // A client that is registered for a scope gets no more by naming claims.
    let narrow = server.client(json!({ "redirect_uris": [REDIRECT], "scope": "openid email" })).await;
    let claims = r#"{"userinfo":{"email":null,"name":null,"phone_number":null},"id_token":{"address":null}}"#;
    let tokens = narrow.tokens(&Flow::openid().with("scope", "openid").with("claims", claims)).await;
    let told = server.userinfo(&tokens.text("access_token")).await.json();
    assert_eq!(told.as_object().unwrap().keys().collect::<Vec<_>>(), ["email", "sub"]);
    assert!(server.claims(&tokens.text("id_token")).get("address").is_none());
}

#[tokio::test]
async fn ui_01_the_token_comes_in_a_header_or_in_a_form() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let token = app.tokens(&Flow::openid()).await.text("access_token");
    let bearer = format!("Bearer {token}");
    server.post_with("/oauth/userinfo", NO_FIELDS, &[("authorization", &bearer)]).await.assert_ok();
    let by_form = server.post("/oauth/userinfo", &[("access_token", &token)]).await.assert_ok();
    assert!(by_form.header(header::CONTENT_TYPE).starts_with("application/json"));
    // UI-01: never two at once, never in the URL.
    let both = server.post_with("/oauth/userinfo", &[("access_token", &token)], &[("authorization", &bearer)]).await;
    both.assert_refused("invalid_request", "bearer.several");
    let twice = server.post_with("/oauth/userinfo", NO_FIELDS, &[("authorization", &bearer), ("authorization", &bearer)]).await;
    twice.assert_refused("invalid_request", "bearer.several");
    let in_query = server.get(&format!("/oauth/userinfo?access_token={token}")).await;
    assert_eq!((in_query.status, in_query.header(header::WWW_AUTHENTICATE)), (401, r#"Bearer realm="keyward""#));
}

#[tokio::test]
async fn ui_02_ui_04_only_a_live_access_token_with_openid_opens_it() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let tokens = app.tokens(&Flow::openid()).await;
    for other in [tokens.text("id_token"), tokens.text("refresh_token"), "nonsense".to_owned()] {
        server.userinfo(&other).await.assert_refused("invalid_token", "token.inactive");
    }
    let without = app.tokens(&Flow::default().with("scope", "email")).await;
    assert!(without.json().get("id_token").is_none());
    let refused = server.userinfo(&without.text("access_token")).await;
    refused.assert_refused("insufficient_scope", "token.insufficient_scope");
    assert_eq!(refused.status, 403);
    server.wait(Duration::hours(1));
    let expired = server.userinfo(&tokens.text("access_token")).await;
    expired.assert_refused("invalid_token", "token.inactive");
    assert!(expired.header(header::WWW_AUTHENTICATE).contains("error=\"invalid_token\""));
}

#[tokio::test]
async fn ui_07_without_a_credential_the_challenge_tells_no_error() {
    let server = TestServer::start().await;
    let answer = server.get("/oauth/userinfo").await;
    assert_eq!(
        (answer.status, answer.header(header::WWW_AUTHENTICATE), answer.body.as_str()),
        (401, r#"Bearer realm="keyward""#, "")
    );
    assert_eq!(answer.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), "*");
}

#[tokio::test]
async fn a_signature_that_was_found_right_before_opens_nothing_once_the_token_has_expired() {
    let server = TestServer::start().await;
    let tokens = server.confidential().await.tokens(&Flow::openid()).await;
    for _ in 0..2 {
        assert_eq!(server.userinfo(&tokens.text("access_token")).await.status, 200);
    }
    server.wait(Duration::hours(1));
    server.userinfo(&tokens.text("access_token")).await.assert_refused("invalid_token", "token.inactive");
}
