//! What clients and browsers are told when the database does not do its part: never that it worked, and nothing about how it is made.

use serde_json::json;

use crate::support::{Answer, Browser, Flow, TestServer, database::Aside, relying_party::REDIRECT, server::PASSWORD};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ir_08_a_revocation_that_cannot_be_written_is_not_acknowledged() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let tokens = app.tokens(&Flow::openid()).await;
    let mut aside = Aside::open(&server.app.config.database).await;
    aside.block("grants, revoked_tokens").await;
    for token in ["refresh_token", "access_token"] {
        let answer = app.revoke(&tokens.text(token)).await;
        assert_eq!((answer.status, answer.text("error").as_str()), (503, "temporarily_unavailable"), "{answer:?}");
        assert!(!answer.header("retry-after").is_empty());
    }
    assert_eq!(app.introspect(&tokens.text("access_token")).await.json()["active"], true);
    aside.run("ROLLBACK").await;
    assert_eq!(app.revoke(&tokens.text("refresh_token")).await.status, 200);
    assert_eq!(app.introspect(&tokens.text("access_token")).await.json()["active"], false);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rf_14_a_rotation_that_breaks_half_way_leaves_the_old_token() {
    let server = TestServer::start().await;
    let metadata = json!({
        "redirect_uris": [REDIRECT], "token_endpoint_auth_method": "none", "access_token_format": "opaque",
    });
    let app = server.client(metadata).await;
    let first = app.tokens(&Flow::openid().pkce()).await.text("refresh_token");
    let mut aside = Aside::open(&server.app.config.database).await;
    // The rotation is written before the tokens that come of it, and those have nowhere to go.
    aside.run("ALTER TABLE access_tokens RENAME TO access_tokens_elsewhere").await;
    assert_eq!(app.refresh(&first, &[]).await.status, 500);
    aside.run("ALTER TABLE access_tokens_elsewhere RENAME TO access_tokens").await;
    let second = app.refresh(&first, &[]).await.assert_ok().text("refresh_token");
    // It was not spent: what follows is an ordinary second use, within the minute and with an unused successor.
    let third = app.refresh(&first, &[]).await.assert_ok().text("refresh_token");
    app.refresh(&third, &[]).await.assert_ok();
    app.refresh(&second, &[]).await.assert_refused("invalid_grant", "refresh_token.replayed");
}

/// A word that only someone who knows how we are made would use.
#[track_caller]
fn assert_opaque(answer: &Answer) {
    let told = format!("{} {:?}", answer.body, answer.headers).to_lowercase();
    for word in [
        "sql",
        "select",
        "insert",
        "table",
        "column",
        "constraint",
        "unique",
        "relation",
        "syntax",
        "panicked",
        "unwrap",
        "src/",
        ".rs:",
        "stack",
        "backtrace",
        "0.1.0",
        "axum",
        "hyper",
        "tokio",
        "serde",
        "users",
        "grants",
        "keyward.db",
    ] {
        assert!(!told.contains(word), "`{word}`: {answer:?}");
    }
    assert!(answer.header("x-request-id").starts_with("req_"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wb_14_an_error_of_ours_is_told_by_its_id_alone() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let tokens = app.tokens(&Flow::openid()).await;
    let mut browser = Browser::new(&server);
    let login = browser.visit(&app.authorize_path(&Flow::openid())).await;
    let mut aside = Aside::open(&server.app.config.database).await;
    for table in ["grants", "users", "interactions", "refresh_tokens"] {
        aside.run(&format!("ALTER TABLE {table} RENAME TO {table}_elsewhere")).await;
    }
    for answer in [
        app.refresh(&tokens.text("refresh_token"), &[]).await,
        app.exchange("ac_01k3gk0000e008000000000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").await,
        server.userinfo(&tokens.text("access_token")).await,
        app.post("/oauth/introspect", &[("token", &tokens.text("access_token"))]).await,
        app.revoke(&tokens.text("access_token")).await,
        app.ask(&Flow::openid()).await,
        browser.sign_in(&login, "ada", PASSWORD).await,
    ] {
        assert_opaque(&answer);
        assert!(answer.status >= 400, "{answer:?}");
    }
    for table in ["grants", "users", "interactions", "refresh_tokens"] {
        aside.run(&format!("ALTER TABLE {table}_elsewhere RENAME TO {table}")).await;
    }
    // What cannot be read is the caller's error, and is told as shortly.
    for (path, media_type, body) in [
        ("/oauth/token", "application/json", "{\"grant_type\":"),
        ("/oauth/token", "application/x-www-form-urlencoded", "grant_type=%zz&%"),
        ("/oauth/token", "multipart/form-data; boundary=x", "--x"),
        ("/login?i=x", "application/x-www-form-urlencoded", "csrf=1"),
        ("/consent?i=int_01k3gk0000e008000000000000&i=2", "text/xml", "<a"),
        ("/oauth/authorize", "application/x-www-form-urlencoded", "claims={"),
    ] {
        let answer = server.send_body(path, media_type, body, &[]).await;
        assert!((400..500).contains(&answer.status), "{path}: {answer:?}");
        assert_opaque(&answer);
    }
    app.refresh(&tokens.text("refresh_token"), &[]).await.assert_ok();
}
