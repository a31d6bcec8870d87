//! Planted secrets are looked for in everything that the server writes: its log at the finest level, and its database.

use serde_json::json;

use crate::support::{
    Browser, Flow, TestServer,
    browser::NO_FIELDS,
    log,
    relying_party::{REDIRECT, VERIFIER, query},
    server::PASSWORD,
};

#[tokio::test]
async fn ad_07_no_secret_is_in_the_log_or_the_database() {
    let log = log::captured();
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let signer = server
        .client(json!({ "token_endpoint_auth_method": "client_secret_jwt", "grant_types": ["client_credentials"], "response_types": [] }))
        .await;
    let mut planted = vec![
        PASSWORD.to_owned(),
        "canary-wrong-password".to_owned(),
        app.secret.clone().unwrap(),
        signer.secret.clone().unwrap(),
    ];

    let mut browser = Browser::new(&server);
    let flow = Flow::openid().pkce().with("state", "canary-state-4711").with("nonce", "canary-nonce-4711");
    let page = browser.visit(&app.authorize_path(&flow)).await;
    let page = browser.sign_in(&page, "ada", "canary-wrong-password").await;
    let page = browser.sign_in(&page, "ada", PASSWORD).await;
    let code = query(&browser.press(&page, "consent-allow", &[]).await.location(), "code").unwrap();
    planted.extend(browser.cookies.values().cloned());
    let tokens = app.exchange_with(&code, &[("code_verifier", VERIFIER)]).await.assert_ok();
    let refreshed = app.refresh(&tokens.text("refresh_token"), &[]).await.assert_ok();
    app.exchange_with(&code, &[("code_verifier", VERIFIER)]).await.assert_refused("invalid_grant", "code.replayed");
    let opaque = server.client(json!({ "redirect_uris": [REDIRECT], "access_token_format": "opaque" })).await;
    let opaque_token = opaque.tokens(&Flow::openid()).await.text("access_token");
    server.userinfo(&opaque_token).await.assert_ok();
    app.introspect(&tokens.text("access_token")).await;
    app.revoke(&tokens.text("refresh_token")).await;
    server.get(&format!("/oauth/token?client_secret={}", planted[2])).await;
    server.post_with("/oauth/token", NO_FIELDS, &[("authorization", "Basic canary-broken-header")]).await;
    let secret_in_db = [code, tokens.text("refresh_token"), tokens.text("access_token"), opaque_token, VERIFIER.to_owned()];
    planted.extend(secret_in_db);
    planted.extend([tokens.text("id_token"), refreshed.text("access_token"), "canary-broken-header".to_owned()]);

    let written = log.text();
    assert!(written.contains("session.started") && written.contains("code.replayed"), "the log was not captured");
    for secret in planted.iter().chain(["canary-state-4711".to_owned(), "canary-nonce-4711".to_owned()].iter()) {
        assert!(!written.contains(secret.as_str()), "the log has {secret}");
    }
    server.app.close().await.unwrap();
    for bytes in server.database_files() {
        let text = String::from_utf8_lossy(&bytes);
        for secret in &planted {
            assert!(!text.contains(secret.as_str()), "the database has {secret}");
        }
    }
}
