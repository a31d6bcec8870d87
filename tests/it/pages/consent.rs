//! `/consent`: what is asked, what is remembered, and for whom.

use serde_json::json;

use crate::support::{
    Browser, Flow, TestServer,
    relying_party::{REDIRECT, query},
    server::PASSWORD,
};

#[tokio::test]
async fn wb_01_consent_says_what_is_asked_with_the_persons_own_values() {
    let server = TestServer::start().await;
    let app = server
        .client(json!({
            "client_name": "Reports & <b>Figures</b>", "redirect_uris": [REDIRECT], "logo_uri": "https://app.example/logo.png",
            "policy_uri": "https://app.example/privacy", "tos_uri": "https://app.example/terms",
            "scope": "openid profile email offline_access reports:read",
        }))
        .await;
    let mut browser = Browser::new(&server);
    let login = browser.visit(&app.authorize_path(&Flow::default())).await;
    let page = browser.sign_in(&login, "ada", PASSWORD).await;
    for text in [
        "ada@example.org",
        "Ada Lovelace",
        "reports:read",
        "app.example",
        "https://app.example/privacy",
        "https://app.example/terms",
    ] {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    // WB-01: a client's name is text.
    assert!(!page.body.contains("<b>Figures</b>"));
    assert!(page.header("content-security-policy").contains("https://app.example"));
}

#[tokio::test]
async fn asking_for_more_asks_again_for_the_rest() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let mut browser = Browser::new(&server);
    browser.authorize_as(&app.authorize_path(&Flow::openid().with("scope", "openid email")), "ada").await;
    let again = browser.get(&app.authorize_path(&Flow::openid().with("scope", "email openid"))).await;
    assert!(query(&again.location(), "code").is_some());
    let more = browser.visit(&app.authorize_path(&Flow::openid().with("scope", "openid email phone"))).await;
    assert!(more.body.contains("id=\"consent-allow\""), "{more:?}");
    browser.press(&more, "consent-allow", &[]).await;
    let all = browser.get(&app.authorize_path(&Flow::openid().with("scope", "openid phone"))).await;
    assert!(query(&all.location(), "code").is_some());
}

#[tokio::test]
async fn a_public_client_on_this_device_asks_each_time() {
    let server = TestServer::start().await;
    // Anything on the device can pose as it, whoever made the app.
    for first_party in [false, true] {
        let native = server
            .client(json!({ "redirect_uris": ["com.example.app:/cb"], "application_type": "native",
                "token_endpoint_auth_method": "none", "first_party": first_party }))
            .await;
        let flow = || Flow::openid().pkce().with("redirect_uri", "com.example.app:/cb");
        let mut browser = Browser::new(&server);
        browser.authorize_as(&native.authorize_path(&flow()), "ada").await;
        let again = browser.visit(&native.authorize_path(&flow())).await;
        assert!(again.body.contains("id=\"consent-allow\""), "{again:?}");
    }
}

#[tokio::test]
async fn the_organizations_own_client_does_not_ask() {
    let server = TestServer::start().await;
    let own = server.client(json!({ "redirect_uris": [REDIRECT], "first_party": true })).await;
    let mut browser = Browser::new(&server);
    let login = browser.visit(&own.authorize_path(&Flow::openid())).await;
    let answer = browser.sign_in(&login, "ada", PASSWORD).await;
    assert!(query(&answer.location(), "code").is_some());
}

#[tokio::test]
async fn someone_else_can_sign_in_from_the_consent_page() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let mut browser = Browser::new(&server);
    let login = browser.visit(&app.authorize_path(&Flow::openid())).await;
    let consent = browser.sign_in(&login, "ada", PASSWORD).await;
    let switch = consent.body.split("href=\"").find(|part| part.contains("switch=1")).unwrap().split('"').next().unwrap();
    let page = browser.get(&switch.replace("&#38;", "&").replace("&amp;", "&")).await;
    let consent = browser.sign_in(&page, "grace", PASSWORD).await;
    assert!(consent.body.contains("grace@example.org"), "{consent:?}");
    let location = browser.press(&consent, "consent-allow", &[]).await.location();
    let tokens = app.exchange(&query(&location, "code").unwrap()).await;
    assert_eq!(server.userinfo(&tokens.text("access_token")).await.json()["email"], "grace@example.org");
}

#[tokio::test]
async fn consent_for_one_api_is_none_for_another() {
    let server = TestServer::start().await;
    for api in ["https://api.example", "https://api2.example"] {
        server.client(json!({ "grant_types": [], "response_types": [], "resource_server": api })).await;
    }
    let app = server.client(json!({ "redirect_uris": [REDIRECT], "scope": "openid reports:read" })).await;
    let flow = |scope: &str, api: &str| Flow::default().with("scope", scope).with("resource", api);
    let mut browser = Browser::new(&server);
    browser.authorize_as(&app.authorize_path(&flow("openid reports:read", "https://api.example")), "ada").await;
    browser.authorize_as(&app.authorize_path(&flow("openid", "https://api2.example")), "ada").await;
    for (scope, api, error) in [
        ("openid reports:read", "https://api2.example", Some("consent_required")),
        ("openid", "(absent)", Some("consent_required")),
        ("openid", "https://api2.example", None),
        ("openid reports:read", "https://api.example", None),
    ] {
        let answer = browser.get(&app.authorize_path(&flow(scope, api).with("prompt", "none"))).await;
        assert_eq!(query(&answer.location(), "error").as_deref(), error, "{scope} {api}");
    }
}

#[tokio::test]
async fn a_consent_page_speaks_for_the_person_it_names() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let mut browser = Browser::new(&server);
    let login = browser.visit(&app.authorize_path(&Flow::openid())).await;
    let shown = browser.sign_in(&login, "ada", PASSWORD).await;
    assert!(shown.body.contains("ada@example.org"), "{shown:?}");
    // Meanwhile, in another tab.
    let other = browser.visit(&app.authorize_path(&Flow::openid().with("prompt", "login"))).await;
    browser.sign_in(&other, "grace", PASSWORD).await;
    let again = browser.press(&shown, "consent-allow", &[]).await;
    assert!(again.body.contains("grace@example.org") && again.body.contains("id=\"consent-allow\""), "{again:?}");
    let code = query(&browser.press(&again, "consent-allow", &[]).await.location(), "code").unwrap();
    let tokens = app.exchange(&code).await;
    assert_eq!(server.userinfo(&tokens.text("access_token")).await.json()["email"], "grace@example.org");

    // A no is one for whoever is there by now, also if they would not be asked any more.
    let shown = browser.visit(&app.authorize_path(&Flow::openid().with("prompt", "login"))).await;
    let shown = browser.sign_in(&shown, "ada", PASSWORD).await;
    let other = browser.visit(&app.authorize_path(&Flow::openid().with("prompt", "login"))).await;
    browser.sign_in(&other, "grace", PASSWORD).await;
    let answer = browser.press(&shown, "consent-deny", &[]).await.location();
    assert_eq!(query(&answer, "error").as_deref(), Some("access_denied"), "{answer}");
}
