//! What every answer has, and what no request can make a page do.

use axum::http::{Method, header};
use keyward::http::router::routes;

use crate::support::{
    Answer, Browser, Flow, TestServer,
    browser::{NO_FIELDS, form},
    relying_party::query,
    server::PASSWORD,
};

#[tokio::test]
async fn every_answer_carries_its_id_and_the_security_headers() {
    let server = TestServer::start().await;
    for route in routes() {
        let path = route.path.replace("{file}", "nothing");
        let answer = match route.method {
            Method::POST => server.post(&path, NO_FIELDS).await,
            _ => server.get(&path).await,
        };
        assert!(answer.status < 500, "{path}: {answer:?}");
        assert!(answer.header("x-request-id").starts_with("req_"), "{path}");
        assert_eq!(answer.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff", "{path}");
        let policy = answer.header(header::CONTENT_SECURITY_POLICY);
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{path}");
        assert!(!answer.header(header::STRICT_TRANSPORT_SECURITY).is_empty());
    }
}

#[tokio::test]
async fn wb_02_wb_04_nothing_of_a_request_is_shown_on_an_error_page_or_becomes_a_header() {
    let server = TestServer::start().await;
    for path in [
        "/oauth/authorize?client_id=canary4711&error_description=canary4711",
        "/canary4711",
        "/login?i=canary4711",
        "/oauth/authorize/resume?i=canary4711",
        "/oauth/authorize?client_id=x%0d%0aX-Canary4711:%201",
    ] {
        let answer = server.get_with(path, &[("x-request-id", "canary4711")]).await;
        assert!((400..500).contains(&answer.status), "{path}: {answer:?}");
        assert!(!answer.body.contains("canary4711"), "{path}: {}", answer.body);
        assert!(!format!("{:?}", answer.headers).to_lowercase().contains("canary4711"), "{path}");
    }
}

#[tokio::test]
async fn wb_07_text_that_is_not_utf8_is_refused_everywhere() {
    let server = TestServer::start().await;
    for body in ["grant_type=%ff%fe", "grant_type=%00", "%c0%af=1"] {
        let token = server.send_body("/oauth/token", "application/x-www-form-urlencoded", body, &[]).await;
        token.assert_refused("invalid_request", "parameters.not_utf8");
        assert_eq!(server.get(&format!("/oauth/authorize?{body}")).await.reason, Some("parameters.malformed"));
    }
    let utf16 = server.send_body("/oauth/token", "application/x-www-form-urlencoded; charset=utf-16", "grant_type=x", &[]).await;
    utf16.assert_refused("invalid_request", "body.other_type");
}

#[tokio::test]
async fn wb_05_repeated_parameters_are_refused_at_every_endpoint() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    for path in ["/oauth/token", "/oauth/introspect", "/oauth/revoke"] {
        let answer = app.post(path, &[("token", "a"), ("token", "b"), ("grant_type", "refresh_token")]).await;
        answer.assert_refused("invalid_request", "parameter.repeated");
    }
    let userinfo = server.post("/oauth/userinfo", &[("access_token", "a"), ("access_token", "b")]).await;
    userinfo.assert_refused("invalid_request", "parameter.repeated");
}

#[tokio::test]
async fn wb_08_only_the_open_endpoints_answer_other_origins() {
    let server = TestServer::start().await;
    let open =
        ["/.well-known/openid-configuration", "/.well-known/jwks.json", "/oauth/token", "/oauth/userinfo", "/oauth/revoke"];
    for path in open.iter().chain(&["/oauth/authorize", "/login", "/consent", "/logout", "/oauth/introspect"]) {
        let headers = [("origin", "https://evil.example"), ("access-control-request-method", "POST")];
        let request = axum::http::Request::builder().method(Method::OPTIONS).uri(*path);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let answer = server.send(request.body(Default::default()).unwrap()).await;
        let expected = if open.contains(path) { "*" } else { "" };
        assert_eq!(answer.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), expected, "{path}");
        assert_eq!(answer.header(header::ACCESS_CONTROL_ALLOW_CREDENTIALS), "");
    }
}

#[tokio::test]
async fn wb_11_odd_paths_lead_nowhere() {
    let server = TestServer::start().await;
    for path in [
        "/oauth//token",
        "/oauth/token/",
        "/OAUTH/TOKEN",
        "/oauth/token;x",
        "/oauth/%2e%2e/token",
        "/metrics",
        "/v1/nothing",
        "/v1",
        "/oauth/par",
    ] {
        assert_eq!(server.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn cd_04_another_tenants_code_and_token_mean_nothing() {
    let server = TestServer::start().await;
    let other = server.other_tenant().await;
    let (app, stranger) = (server.confidential().await, other.confidential().await);
    let code = app.code(&Flow::openid()).await;
    stranger.exchange(&code).await.assert_refused("invalid_grant", "code.other_client");
    let tokens = app.exchange(&code).await.assert_ok();
    stranger.refresh(&tokens.text("refresh_token"), &[]).await.assert_refused("invalid_grant", "refresh_token.other_client");
    assert_eq!(stranger.introspect(&tokens.text("access_token")).await.body, "{\"active\":false}");
    let api =
        other.client(serde_json::json!({ "grant_types": [], "response_types": [], "resource_server": server.issuer() })).await;
    assert_eq!(api.introspect(&tokens.text("access_token")).await.body, "{\"active\":false}");
    // People of one set of data do not exist in the other.
    let mut browser = Browser::new(&other);
    let login = browser.visit(&stranger.authorize_path(&Flow::openid())).await;
    let answer = browser.press(&login, "login-submit", &[("username", "ada"), ("password", PASSWORD)]).await;
    assert_eq!(answer.reason, Some("login.mismatch"));
}

#[tokio::test]
async fn a_request_for_another_host_is_not_served() {
    let server = TestServer::start().await;
    let path = "/.well-known/openid-configuration";
    for host in ["evil.example", "id.example.test.evil.example"] {
        let answer = server.get_with(path, &[("host", host)]).await;
        assert_eq!(answer.status, 421, "{host}");
    }
    assert_eq!(server.get_with("/healthz", &[("host", "10.1.2.3")]).await.status, 200);
    assert_eq!(server.get_with(path, &[("host", "id.example.test")]).await.json()["issuer"], server.issuer());
}

#[tokio::test]
async fn se_04_a_link_does_nothing_that_a_form_does() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let mut browser = Browser::new(&server);
    let filled = |page: &Answer, button: &str, fields: &[(&str, &str)]| {
        let (action, fields) = form(page, button, fields);
        let separator = if action.contains('?') { '&' } else { '?' };
        format!("{action}{separator}{}", form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish())
    };
    let login = browser.visit(&app.authorize_path(&Flow::openid())).await;
    let again = browser.visit(&filled(&login, "login-submit", &[("username", "ada"), ("password", PASSWORD)])).await;
    assert!(again.body.contains("id=\"login-submit\"") && !again.body.contains(PASSWORD), "{again:?}");
    assert!(!browser.cookies.keys().any(|name| name.contains("session")));
    let consent = browser.sign_in(&login, "ada", PASSWORD).await;
    let again = browser.visit(&filled(&consent, "consent-allow", &[])).await;
    assert!(again.body.contains("id=\"consent-allow\""), "{again:?}");
    let logout = browser.get("/logout").await;
    let again = browser.visit(&filled(&logout, "logout-confirm", &[])).await;
    assert!(again.body.contains("id=\"logout-confirm\""), "{again:?}");
    // Everything is where it was: the forms themselves still lead on.
    let answer = browser.press(&consent, "consent-allow", &[]).await;
    assert!(query(&answer.location(), "code").is_some());
}

#[tokio::test]
async fn a_logo_that_cannot_be_looked_up_is_a_fault_and_not_missing() {
    let server = TestServer::start().await;
    let path = format!("/assets/logo-{}-abcdef", server.tenant.organization);
    assert_eq!(server.get(&path).await.status, 404);
    server.app.store.close().await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert!(server.get(&path).await.status >= 500);
    assert_eq!(server.get("/assets/logo-nobody-abcdef").await.status, 404);
}
