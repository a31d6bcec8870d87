//! `/logout`: ends this browser's sessions, and what hangs from them.

use axum::http::Method;

use crate::support::{Browser, Flow, TestServer, browser::form, relying_party::query};

#[tokio::test]
async fn signing_out_ends_the_session_and_its_grants_but_not_those_that_last() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let mut browser = Browser::new(&server);
    let mut tokens = Vec::new();
    for scope in ["openid", "openid offline_access"] {
        let answer = browser.authorize_as(&app.authorize_path(&Flow::openid().with("scope", scope)), "ada").await;
        tokens.push(app.exchange(&query(&answer, "code").unwrap()).await.assert_ok().text("refresh_token"));
    }
    let page = browser.get("/logout").await;
    assert!(page.body.contains("ada@example.org"), "{page:?}");
    let done = browser.press(&page, "logout-confirm", &[]).await;
    assert_eq!(done.status, 200);
    assert!(!browser.cookies.keys().any(|name| name.contains("session")), "{:?}", browser.cookies);
    let silent = browser.get(&app.authorize_path(&Flow::openid().with("prompt", "none"))).await;
    assert_eq!(query(&silent.location(), "error").as_deref(), Some("login_required"));
    app.refresh(&tokens[0], &[]).await.assert_refused("invalid_grant", "grant.revoked");
    app.refresh(&tokens[1], &[]).await.assert_ok();
}

#[tokio::test]
async fn nobody_is_signed_out_by_another_site() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let mut browser = Browser::new(&server);
    browser.authorize_as(&app.authorize_path(&Flow::openid()), "ada").await;
    let page = browser.get("/logout").await;
    let (_, fields) = form(&page, "logout-confirm", &[]);
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
    browser
        .send(Method::POST, "/logout", body, &[("origin", "https://evil.example")])
        .await
        .assert_error_page("interaction.other_browser");
    browser.send(Method::POST, "/logout", String::new(), &[]).await.assert_error_page("interaction.other_browser");
    let silent = browser.get(&app.authorize_path(&Flow::openid().with("prompt", "none"))).await;
    assert!(query(&silent.location(), "code").is_some());
}

#[tokio::test]
async fn se_05_signing_out_asks_first_and_leads_nowhere_else() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let mut browser = Browser::new(&server);
    let hint = app.tokens(&Flow::openid()).await.text("id_token");
    browser.authorize_as(&app.authorize_path(&Flow::openid()), "ada").await;
    for asked in [
        "/logout?post_logout_redirect_uri=https%3A%2F%2Fevil.example".to_owned(),
        format!("/logout?id_token_hint={hint}&post_logout_redirect_uri=https%3A%2F%2Fapp.example%2Fcb"),
        "/logout?id_token_hint=nonsense&state=x".to_owned(),
    ] {
        let page = browser.get(&asked).await;
        assert_eq!(page.status, 200, "{page:?}");
        assert!(page.body.contains("id=\"logout-confirm\"") && !page.body.contains("evil.example"), "{page:?}");
        let silent = browser.get(&app.authorize_path(&Flow::openid().with("prompt", "none"))).await;
        assert!(query(&silent.location(), "code").is_some(), "a link alone has signed somebody out");
    }
    let page = browser.get("/logout?post_logout_redirect_uri=https%3A%2F%2Fevil.example").await;
    let (action, mut fields) = form(&page, "logout-confirm", &[]);
    fields.push(("post_logout_redirect_uri".to_owned(), "https://evil.example".to_owned()));
    let done = browser.post(&action, &fields).await;
    assert_eq!(done.location().as_str(), format!("{}/logout", server.issuer()));
    let silent = browser.get(&app.authorize_path(&Flow::openid().with("prompt", "none"))).await;
    assert_eq!(query(&silent.location(), "error").as_deref(), Some("login_required"));
}
