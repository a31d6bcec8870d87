//! `/oauth/token`: codes, refreshing, a client's own tokens.

use keyward::services::purge;
use serde_json::json;
use time::Duration;

use crate::support::{
    Flow, TestServer, refused,
    relying_party::{REDIRECT, VERIFIER, basic},
};

#[tokio::test]
async fn a_code_yields_what_the_reference_page_shows() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let tokens = app.tokens(&Flow::openid()).await.json();
    assert!(tokens["access_token"].as_str().unwrap().starts_with("eyJhbGciOiJSUzI1NiIs"), "{tokens}");
    assert!(tokens["refresh_token"].as_str().unwrap().starts_with("rt_"));
    assert_eq!(
        (&tokens["token_type"], &tokens["expires_in"], &tokens["scope"]),
        (&json!("Bearer"), &json!(3600), &json!("openid email profile"))
    );
    assert!(tokens["id_token"].is_string());
}

#[tokio::test]
async fn cd_01_a_code_is_good_for_one_exchange_only() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let code = app.code(&Flow::openid()).await;
    let first = app.exchange(&code).await;
    assert_eq!(server.userinfo(&first.text("access_token")).await.status, 200);
    refused(&app.exchange(&code).await, ("invalid_grant", "code.replayed"), &first);

    server.userinfo(&first.text("access_token")).await.assert_refused("invalid_token", "token.inactive");
    assert_eq!(app.introspect(&first.text("access_token")).await.json(), json!({ "active": false }));
    app.refresh(&first.text("refresh_token"), &[]).await.assert_refused("invalid_grant", "grant.revoked");
}

#[tokio::test]
async fn cd_04_a_code_shown_by_another_client_stays_good_for_its_own() {
    let server = TestServer::start().await;
    let (app, other, public) = (server.confidential().await, server.confidential().await, server.public().await);
    let code = app.code(&Flow::openid()).await;
    other.exchange(&code).await.assert_refused("invalid_grant", "code.other_client");
    public.exchange(&code).await.assert_refused("invalid_grant", "code.other_client");
    app.exchange(&code).await.assert_ok();
}

#[tokio::test]
async fn cd_05_the_redirect_uri_of_the_exchange_is_compared_byte_for_byte() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    for other in ["https://app.example/cb/", "https://APP.example/cb", "https://app.example:443/cb", "https://app.example/./cb"] {
        let (code, control) = (app.code(&Flow::openid()).await, app.code(&Flow::openid()).await);
        let attack = app.exchange_with(&code, &[("redirect_uri", other)]).await;
        refused(&attack, ("invalid_grant", "redirect_uri.mismatch"), &app.exchange(&control).await);
        app.exchange(&code).await.assert_refused("invalid_grant", "code.replayed");
    }
    let code = app.code(&Flow::openid()).await;
    app.exchange_with(&code, &[("redirect_uri", "(absent)")]).await.assert_refused("invalid_grant", "redirect_uri.missing");
}

#[tokio::test]
async fn cd_07_a_code_is_read_exactly_as_it_was_given() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let code = app.code(&Flow::openid()).await;
    let flipped: String =
        code.chars().map(|c| if c.is_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }).collect();
    for wrong in
        [&code[..code.len() - 1], &format!("{code}A"), &flipped, &format!(" {code}"), &format!("{code} "), &code[3..], "x"]
    {
        let attack = app.exchange(wrong).await;
        assert_eq!(attack.json()["error"], "invalid_grant", "{wrong}");
    }
    app.exchange(&code).await.assert_ok();
}

#[tokio::test]
async fn cd_08_rf_16_no_kind_of_credential_is_taken_for_another() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let tokens = app.tokens(&Flow::openid()).await;
    let code = app.code(&Flow::openid()).await;
    for other in [tokens.text("refresh_token"), tokens.text("access_token"), tokens.text("id_token")] {
        app.exchange(&other).await.assert_refused("invalid_grant", "code.malformed");
    }
    for other in [code.clone(), tokens.text("access_token"), tokens.text("id_token")] {
        app.refresh(&other, &[]).await.assert_refused("invalid_grant", "refresh_token.malformed");
    }
    app.exchange(&code).await.assert_ok();
}

#[tokio::test]
async fn cd_10_a_grant_type_that_is_not_registered_is_refused() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    app.token(&[("grant_type", "client_credentials")]).await.assert_refused("unauthorized_client", "grant_type.unauthorized");
    app.token(&[("grant_type", "password")]).await.assert_refused("unsupported_grant_type", "grant_type.unsupported");
    app.token(&[]).await.assert_refused("invalid_request", "parameter.missing");
}

#[tokio::test]
async fn cd_11_an_exchange_may_narrow_what_was_granted_but_not_widen_it() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let code = app.code(&Flow::openid()).await;
    app.exchange_with(&code, &[("scope", "openid phone")]).await.assert_refused("invalid_scope", "scope.not_granted");
    app.exchange_with(&code, &[("resource", "https://api.example")])
        .await
        .assert_refused("invalid_target", "resource.not_granted");
    let narrow = app.exchange_with(&code, &[("scope", "openid email")]).await.assert_ok();
    assert_eq!(narrow.text("scope"), "openid email");
}

#[tokio::test]
async fn cd_13_parameters_come_in_the_body_of_a_post() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let authorization = basic(&app.id, app.secret.as_deref().unwrap());
    let headers = [("authorization", authorization.as_str())];
    server
        .post_with("/oauth/token?grant_type=authorization_code", &[("code", "x")], &headers)
        .await
        .assert_refused("invalid_request", "parameters.in_query");
    assert_eq!(server.get("/oauth/token?grant_type=authorization_code").await.status, 405);
    let json = server.send_body("/oauth/token", "application/json", "{\"grant_type\":\"authorization_code\"}", &headers).await;
    json.assert_refused("invalid_request", "body.other_type");
}

#[tokio::test]
async fn cd_16_the_id_token_answers_the_request() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let nonce = format!("n-ü-{}", "x".repeat(300));
    let tokens = app.tokens(&Flow::openid().with("nonce", nonce.clone())).await;
    let claims = server.claims(&tokens.text("id_token"));
    assert_eq!((&claims["nonce"], &claims["aud"], &claims["iss"]), (&json!(nonce), &json!(app.id), &json!(server.issuer())));
    assert!(claims["sid"].as_str().unwrap().starts_with("ses_"));
    assert_eq!(claims["amr"], json!(["pwd"]));
    assert!(claims.get("email").is_none(), "claims of a scope belong to userinfo: {claims}");
}

#[tokio::test]
async fn pk_05_a_bound_challenge_needs_its_verifier() {
    let server = TestServer::start().await;
    let app = server.public().await;
    let flow = Flow::openid().pkce();
    for (verifier, reason) in [
        ("(absent)", "pkce.verifier_missing"),
        ("a", "pkce.verifier_malformed"),
        (&"b".repeat(43), "pkce.verifier_mismatch"),
        (&"c".repeat(129), "pkce.verifier_malformed"),
    ] {
        let (code, control) = (app.code(&flow).await, app.code(&flow).await);
        let attack = app.exchange_with(&code, &[("code_verifier", verifier)]).await;
        let control = app.exchange_with(&control, &[("code_verifier", VERIFIER)]).await;
        refused(&attack, ("invalid_grant", reason), &control);
        let again = app.exchange_with(&code, &[("code_verifier", VERIFIER)]).await;
        again.assert_refused("invalid_grant", "code.replayed");
    }
}

#[tokio::test]
async fn pk_08_a_verifier_without_a_challenge_is_a_downgrade() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let (code, control) = (app.code(&Flow::openid()).await, app.code(&Flow::openid()).await);
    let attack = app.exchange_with(&code, &[("code_verifier", VERIFIER)]).await;
    refused(&attack, ("invalid_grant", "pkce.verifier_unexpected"), &app.exchange(&control).await);
}

#[tokio::test]
async fn a_code_expires() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let code = app.code(&Flow::openid()).await;
    server.wait(Duration::seconds(61));
    app.exchange(&code).await.assert_refused("invalid_grant", "code.expired");
}

#[tokio::test]
async fn a_confidential_client_keeps_its_refresh_token() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let tokens = app.tokens(&Flow::openid().with("nonce", "n")).await;
    server.wait(Duration::seconds(5));
    let refreshed = app.refresh(&tokens.text("refresh_token"), &[]).await.assert_ok();
    assert!(refreshed.json().get("refresh_token").is_none());
    let (first, second) = (server.claims(&tokens.text("id_token")), server.claims(&refreshed.text("id_token")));
    for same in ["iss", "sub", "aud", "auth_time", "sid"] {
        assert_eq!(first[same], second[same], "{same}");
    }
    assert_ne!(first["iat"], second["iat"]);
    app.refresh(&tokens.text("refresh_token"), &[]).await.assert_ok();
}

#[tokio::test]
async fn rf_01_a_rotated_token_shown_again_ends_the_family() {
    let server = TestServer::start().await;
    let app = server.public().await;
    let first = app.tokens(&Flow::openid().pkce()).await;
    let second = app.refresh(&first.text("refresh_token"), &[]).await.assert_ok();
    let third = app.refresh(&second.text("refresh_token"), &[]).await.assert_ok();
    let attack = app.refresh(&first.text("refresh_token"), &[]).await;
    refused(&attack, ("invalid_grant", "refresh_token.replayed"), &third);
    app.refresh(&third.text("refresh_token"), &[]).await.assert_refused("invalid_grant", "grant.revoked");
    server.userinfo(&third.text("access_token")).await.assert_refused("invalid_token", "token.inactive");
}

#[tokio::test]
async fn rf_14_a_lost_answer_can_be_asked_for_again_within_a_minute() {
    let server = TestServer::start().await;
    let app = server.public().await;
    let first = app.tokens(&Flow::openid().pkce()).await;
    let lost = app.refresh(&first.text("refresh_token"), &[]).await.assert_ok();
    server.wait(Duration::seconds(59));
    let again = app.refresh(&first.text("refresh_token"), &[]).await.assert_ok();
    app.refresh(&again.text("refresh_token"), &[]).await.assert_ok();
    app.refresh(&lost.text("refresh_token"), &[]).await.assert_refused("invalid_grant", "refresh_token.replayed");
}

#[tokio::test]
async fn rf_05_another_clients_refresh_token_is_refused_and_left_alone() {
    let server = TestServer::start().await;
    let (app, other) = (server.confidential().await, server.confidential().await);
    let tokens = app.tokens(&Flow::openid()).await;
    other.refresh(&tokens.text("refresh_token"), &[]).await.assert_refused("invalid_grant", "refresh_token.other_client");
    app.refresh(&tokens.text("refresh_token"), &[]).await.assert_ok();
}

#[tokio::test]
async fn rf_07_rf_08_a_refresh_may_narrow_once_and_never_widen() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let token = app.tokens(&Flow::openid()).await.text("refresh_token");
    app.refresh(&token, &[("scope", "openid phone")]).await.assert_refused("invalid_scope", "scope.not_granted");
    app.refresh(&token, &[("resource", "https://x")]).await.assert_refused("invalid_target", "resource.not_granted");
    assert_eq!(app.refresh(&token, &[("scope", "openid")]).await.text("scope"), "openid");
    assert_eq!(app.refresh(&token, &[]).await.text("scope"), "openid email profile");
}

#[tokio::test]
async fn rf_10_rf_11_refresh_tokens_end_idle_and_absolute() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let (idle, used) = (app.tokens(&Flow::openid()).await, app.tokens(&Flow::openid()).await.text("refresh_token"));
    for _ in 0..4 {
        server.wait(Duration::days(20));
        app.refresh(&used, &[]).await.assert_ok();
    }
    app.refresh(&idle.text("refresh_token"), &[]).await.assert_refused("invalid_grant", "refresh_token.expired");
    server.wait(Duration::days(11));
    app.refresh(&used, &[]).await.assert_refused("invalid_grant", "refresh_token.expired");
}

#[tokio::test]
async fn the_last_refreshed_token_lives_as_long_as_it_says() {
    let settings = "tokens.access = \"3d\"\ntokens.refresh_idle = \"10d\"\ntokens.refresh_absolute = \"10d\"";
    let server = TestServer::start_with(settings).await;
    let app = server.confidential().await;
    let first = app.tokens(&Flow::openid()).await;
    server.wait(Duration::days(10) - Duration::minutes(1));
    let last = app.refresh(&first.text("refresh_token"), &[]).await.assert_ok();
    server.wait(Duration::hours(60));
    purge::run(&server.app, server.app.clock.now()).await.unwrap();
    assert_eq!(server.userinfo(&last.text("access_token")).await.status, 200);
}

#[tokio::test]
async fn a_client_gets_a_token_of_its_own() {
    let server = TestServer::start().await;
    let app = server
        .client(json!({ "grant_types": ["client_credentials"], "response_types": [], "scope": "reports:read reports:write" }))
        .await;
    let all = app.token(&[("grant_type", "client_credentials")]).await.assert_ok();
    assert_eq!(all.text("scope"), "reports:read reports:write");
    assert!(all.json().get("refresh_token").is_none());
    let claims = server.claims(&all.text("access_token"));
    assert_eq!((&claims["sub"], &claims["client_id"], &claims["env"]), (&json!(app.id), &json!(app.id), &json!("live")));
    let some = app.token(&[("grant_type", "client_credentials"), ("scope", "reports:read")]).await.assert_ok();
    assert_eq!(some.text("scope"), "reports:read");
    let none = app.token(&[("grant_type", "client_credentials"), ("scope", "openid")]).await;
    none.assert_refused("invalid_scope", "scope.not_allowed");
    // Where nothing is granted there is no scope: one has a token at least.
    let bare = server.client(json!({ "grant_types": ["client_credentials"], "response_types": [] })).await;
    let bare_token = bare.token(&[("grant_type", "client_credentials")]).await.assert_ok();
    assert!(bare_token.json().get("scope").is_none(), "{bare_token:?}");
    assert!(server.claims(&bare_token.text("access_token")).get("scope").is_none());
    let told = bare.introspect(&bare_token.text("access_token")).await.json();
    assert!(told["active"] == true && told.get("scope").is_none(), "{told}");
    // UI-02: a token without a user opens no userinfo.
    assert_eq!(server.userinfo(&all.text("access_token")).await.status, 403);
}

#[tokio::test]
async fn opaque_access_tokens_work_everywhere() {
    let server = TestServer::start().await;
    let app = server.client(json!({ "redirect_uris": [REDIRECT], "access_token_format": "opaque" })).await;
    let token = app.tokens(&Flow::openid()).await.text("access_token");
    assert!(token.starts_with("at_"));
    assert_eq!(server.userinfo(&token).await.status, 200);
    assert_eq!(app.introspect(&token).await.json()["active"], true);
    assert_eq!(app.revoke(&token).await.status, 200);
    server.userinfo(&token).await.assert_refused("invalid_token", "token.inactive");
}
