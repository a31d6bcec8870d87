//! `/oauth/authorize`: what it accepts, what it refuses, and to whom it says so.

use axum::http::{Method, header};
use keyward::{model::id::ClientId, services::clients::manage};
use time::Duration;
use url::Url;

use crate::support::{
    Answer, Browser, Flow, RelyingParty, TestServer,
    relying_party::{REDIRECT, query},
};

/// The client is told `error`; the redirect goes exactly to its URI, with the untouched state and our `iss`.
#[track_caller]
pub fn assert_told(server: &TestServer, answer: &Answer, error: &str) {
    let location = answer.location();
    assert!(location.as_str().starts_with(&format!("{REDIRECT}?")), "{location}");
    assert_eq!(query(&location, "error").as_deref(), Some(error), "{location}");
    assert_eq!(query(&location, "state").as_deref(), Some("s-1"));
    assert_eq!(query(&location, "iss").as_deref(), Some(server.issuer()));
    assert_eq!(query(&location, "code"), None);
    assert!(answer.headers.get(header::SET_COOKIE).is_none());
}

pub async fn told(app: &RelyingParty<'_>, flow: &Flow, error: &str) {
    assert_told(app.server, &app.ask(flow).await, error);
}

#[tokio::test]
async fn a_stranger_signs_in_consents_and_comes_back_with_a_code() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let mut browser = Browser::new(&server);
    let login = browser.visit(&app.authorize_path(&Flow::openid())).await;
    assert!(login.body.contains("id=\"login-submit\""), "{login:?}");
    let consent = browser.sign_in(&login, "ada", crate::support::server::PASSWORD).await;
    assert!(consent.body.contains("id=\"consent-allow\""), "{consent:?}");
    let location = browser.press(&consent, "consent-allow", &[]).await.location();
    assert!(query(&location, "code").unwrap().starts_with("ac_"));
    assert_eq!((query(&location, "state").as_deref(), query(&location, "iss").as_deref()), (Some("s-1"), Some(server.issuer())));

    // Session and consent are remembered: the next time nothing is asked, and `prompt=none` succeeds.
    let again = browser.get(&app.authorize_path(&Flow::openid().with("prompt", "none"))).await;
    assert!(query(&again.location(), "code").is_some(), "{again:?}");
}

#[tokio::test]
async fn az_01_an_unknown_client_gets_a_page_and_nothing_of_it_is_shown() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    for id in ["nobody-4711", &"x".repeat(65_000), "<script>alert(1)</script>"] {
        let answer = app.ask(&Flow::openid().with("client_id", id)).await;
        answer.assert_error_page("client_id.unknown");
        assert!(!answer.body.contains(id));
    }
    app.ask(&Flow::openid().with("client_id", "(absent)")).await.assert_error_page("client_id.missing");
    app.ask(&Flow::openid().with("client_id", "a\0b")).await.assert_error_page("parameters.malformed");
    assert_eq!(app.ask(&Flow::openid()).await.status, 303);
}

#[tokio::test]
async fn az_02_az_04_az_05_az_07_only_a_registered_redirect_uri_is_answered() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    server.client(serde_json::json!({ "redirect_uris": ["https://other.example/cb"] })).await;
    for uri in [
        "https://other.example/cb",
        "https://app.example/cb/x",
        "https://app.example/cbx",
        "https://app.example/cb/../x",
        "https://app.example/cb/..;/x",
        "https://app.example/cb%2f..%2fx",
        "https://app.example/cb%252f",
        "https://app.example/cb?x=1",
        "https://app.example/cb#f",
        "https://app.example/cb/",
        "https://app.example@evil.tld/cb",
        "https://evil.tld\\@app.example/cb",
        "https://app.example:pw@evil.tld",
        "http://app.example/cb",
        " https://app.example/cb",
        "https://app.example/cb\r\nX: y",
        "https://app.example/cb\t",
        "https://app.example/cb\u{2028}",
        "//app.example/cb",
        "javascript:alert(1)",
    ] {
        app.ask(&Flow::openid().with("redirect_uri", uri)).await.assert_error_page("redirect_uri.mismatch");
    }
    assert_eq!(app.ask(&Flow::openid()).await.status, 303);
}

#[tokio::test]
async fn az_11_the_port_of_a_loopback_address_is_free_for_native_clients_only() {
    let server = TestServer::start().await;
    let metadata = |kind: &str| serde_json::json!({ "redirect_uris": ["http://127.0.0.1/cb", "http://[::1]/cb"], "application_type": kind, "token_endpoint_auth_method": "none" });
    let (native, web) = (server.client(metadata("native")).await, server.client(metadata("web")).await);
    let flow = |uri: &str| Flow::openid().pkce().with("redirect_uri", uri);
    for uri in ["http://127.0.0.1:51004/cb", "http://[::1]:51004/cb", "http://127.0.0.1/cb"] {
        assert_eq!(native.ask(&flow(uri)).await.status, 303, "{uri}");
    }
    web.ask(&flow("http://127.0.0.1:51004/cb")).await.assert_error_page("redirect_uri.mismatch");
    for uri in [
        "http://127.0.0.1:51004/x",
        "http://127.0.0.1.evil.tld/cb",
        "http://127.0.0.1@evil.tld/cb",
        "http://2130706433/cb",
        "http://0x7f.1/cb",
        "http://localhost:51004/cb",
    ] {
        native.ask(&flow(uri)).await.assert_error_page("redirect_uri.mismatch");
    }
}

#[tokio::test]
async fn az_13_no_parameter_may_come_twice() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let path = app.authorize_path(&Flow::openid());
    for name in ["state", "scope", "response_type", "nonce", "prompt", "max_age", "something"] {
        let answer = Browser::new(&server).get(&format!("{path}&{name}=a&{name}=b")).await;
        assert_eq!(query(&answer.location(), "error").as_deref(), Some("invalid_request"), "{name}");
    }
    for name in ["client_id", "redirect_uri"] {
        Browser::new(&server).get(&format!("{path}&{name}=a")).await.assert_error_page("parameters.malformed");
    }
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(app.parameters(&Flow::openid())).finish();
    let both = Browser::new(&server).send(Method::POST, "/oauth/authorize?nonce=a", format!("{body}&nonce=a"), &[]).await;
    assert_eq!(query(&both.location(), "error").as_deref(), Some("invalid_request"));
}

#[tokio::test]
async fn az_16_a_redirect_uri_may_be_left_out_only_where_it_cannot_be_doubted() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    app.ask(&Flow::openid().with("redirect_uri", "(absent)")).await.assert_error_page("redirect_uri.missing");
    let pure = Flow::default().with("scope", "email").with("redirect_uri", "(absent)");
    assert_eq!(app.ask(&pure).await.status, 303);
    let code = app.code(&pure).await;
    app.exchange_with(&code, &[("redirect_uri", "(absent)")]).await.assert_ok();
    let two = server.client(serde_json::json!({ "redirect_uris": [REDIRECT, "https://app.example/cb2"] })).await;
    two.ask(&pure).await.assert_error_page("redirect_uri.missing");
}

#[tokio::test]
async fn az_17_response_types_beyond_code_are_refused() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    for response_type in ["token", "none", "code code", "nonsense"] {
        told(&app, &Flow::openid().with("response_type", response_type), "unsupported_response_type").await;
    }
    told(&app, &Flow::openid().with("response_type", "(absent)"), "invalid_request").await;
    for response_type in ["id_token", "code id_token", "id_token token", "token code id_token"] {
        let location = app.ask(&Flow::openid().with("response_type", response_type)).await.location();
        assert_eq!(location.query(), None);
        assert!(location.fragment().unwrap().contains("error=unauthorized_client"), "{location}");
    }
    // `code` is no exception for a client that is not registered for it.
    let machine = serde_json::json!({ "redirect_uris": [REDIRECT], "grant_types": ["client_credentials"], "response_types": [] });
    told(&server.client(machine).await, &Flow::openid(), "unauthorized_client").await;
    assert_eq!(query(&app.ask(&Flow::openid()).await.location(), "error"), None);
}

#[tokio::test]
async fn az_19_a_posted_answer_is_escaped_and_goes_to_the_registered_uri() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let state = "\"><script>alert(1)</script>'";
    let flow = Flow::openid().with("response_mode", "form_post").with("state", state);
    let mut browser = Browser::new(&server);
    let login = browser.visit(&app.authorize_path(&flow)).await;
    let consent = browser.sign_in(&login, "ada", crate::support::server::PASSWORD).await;
    let page = browser.press(&consent, "consent-allow", &[]).await;
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("<script>alert"), "{}", page.body);
    let (action, fields) = crate::support::browser::form(&page, "form-post-submit", &[]);
    assert_eq!(action, REDIRECT);
    assert!(fields.contains(&("state".to_owned(), state.to_owned())), "{fields:?}");
    assert!(fields.iter().any(|(name, value)| name == "code" && value.starts_with("ac_")));
    assert!(fields.contains(&("iss".to_owned(), server.issuer().to_owned())));
    let policy = page.header(header::CONTENT_SECURITY_POLICY);
    assert!(!policy.contains("unsafe-inline"), "{policy}");
}

#[tokio::test]
async fn az_20_prompt_none_shows_no_page() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let none = || Flow::openid().with("prompt", "none");
    told(&app, &none(), "login_required").await;
    told(&app, &none().with("prompt", "none login"), "invalid_request").await;
    let other = server.confidential().await;
    let mut browser = Browser::new(&server);
    browser.authorize_as(&app.authorize_path(&Flow::openid()), "ada").await;
    assert_told(&server, &browser.get(&other.authorize_path(&none())).await, "consent_required");
    server.wait(Duration::seconds(10));
    assert_told(&server, &browser.get(&app.authorize_path(&none().with("max_age", "5"))).await, "login_required");
    let widened = none().with("scope", "openid email profile phone");
    assert_told(&server, &browser.get(&app.authorize_path(&widened)).await, "consent_required");
}

#[tokio::test]
async fn az_22_an_id_token_hint_names_the_one_user_who_will_do() {
    let server = TestServer::start().await;
    let (app, other) = (server.confidential().await, server.confidential().await);
    let hint = app.tokens(&Flow::openid()).await.text("id_token");
    let mut ada = Browser::new(&server);
    ada.authorize_as(&app.authorize_path(&Flow::openid()), "ada").await;
    let with = |hint: &str| Flow::openid().with("id_token_hint", hint);

    let silent = with(&hint).with("prompt", "none");
    assert!(query(&ada.get(&app.authorize_path(&silent)).await.location(), "code").is_some());
    server.wait(Duration::hours(2)); // expired, and good all the same
    assert!(query(&ada.get(&app.authorize_path(&silent)).await.location(), "code").is_some());

    let [head, claims, _] = hint.split('.').collect::<Vec<_>>()[..] else { panic!() };
    let others = other.tokens(&Flow::openid()).await.text("id_token");
    for wrong in [format!("{head}.{claims}."), format!("eyJhbGciOiJub25lIn0.{claims}."), "nonsense".to_owned(), others] {
        assert_told(&server, &ada.get(&app.authorize_path(&with(&wrong))).await, "invalid_request");
    }

    let mut grace = Browser::new(&server);
    grace.authorize_as(&app.authorize_path(&Flow::openid()), "grace").await;
    assert_told(&server, &grace.get(&app.authorize_path(&silent)).await, "login_required");
    let login = grace.visit(&app.authorize_path(&with(&hint))).await;
    let again =
        grace.press(&login, "login-submit", &[("username", "grace"), ("password", crate::support::server::PASSWORD)]).await;
    assert_told_after_pages(&again, "login_required");
}

#[track_caller]
fn assert_told_after_pages(answer: &Answer, error: &str) {
    assert_eq!(query(&answer.location(), "error").as_deref(), Some(error), "{answer:?}");
}

#[tokio::test]
async fn az_23_max_age_is_a_whole_number() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    for wrong in ["-1", "1.5", "x", "99999999999999999999999"] {
        told(&app, &Flow::openid().with("max_age", wrong), "invalid_request").await;
    }
}

#[tokio::test]
async fn az_34_only_get_and_post_do_anything() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let mut browser = Browser::new(&server);
    browser.authorize_as(&app.authorize_path(&Flow::openid()), "ada").await;
    for method in [Method::HEAD, Method::PUT, Method::DELETE, Method::PATCH, Method::TRACE, Method::OPTIONS] {
        let answer = browser.send(method.clone(), &app.authorize_path(&Flow::openid()), String::new(), &[]).await;
        assert_eq!(answer.status, 405, "{method}");
        assert!(answer.header(header::ALLOW).contains("GET"), "{method}: {answer:?}");
        assert_eq!(answer.header(header::LOCATION), "");
    }
    for method in [Method::HEAD, Method::POST] {
        let answer = browser.send(method.clone(), "/oauth/authorize/resume", String::new(), &[]).await;
        let allowed = answer.header(header::ALLOW);
        assert!(answer.status == 405 && allowed.contains("GET") && !allowed.contains("POST"), "{method}: {allowed}");
    }
}

#[tokio::test]
async fn az_35_hints_and_locales_are_text_and_no_more() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let markup = "\"><b id=canary>";
    let flow = Flow::openid().with("ui_locales", "../../x").with("login_hint", markup).with("acr_values", markup);
    let page = Browser::new(&server).visit(&app.authorize_path(&flow)).await;
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("<b id=canary>"), "{}", page.body);
    let german = Browser::new(&server).visit(&app.authorize_path(&Flow::openid().with("ui_locales", "se de en"))).await;
    assert!(german.body.contains("lang=\"de\""), "{}", german.body);
}

#[tokio::test]
async fn az_37_a_user_who_was_disabled_meanwhile_gets_no_code() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let mut browser = Browser::new(&server);
    let login = browser.visit(&app.authorize_path(&Flow::openid())).await;
    let consent = browser.sign_in(&login, "ada", crate::support::server::PASSWORD).await;
    server.disable("ada").await;
    let after = browser.press(&consent, "consent-allow", &[]).await;
    after.assert_error_page("user.disabled");
}

#[tokio::test]
async fn az_37_a_client_that_was_deleted_meanwhile_gets_no_code() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let mut browser = Browser::new(&server);
    let login = browser.visit(&app.authorize_path(&Flow::openid())).await;
    let consent = browser.sign_in(&login, "ada", crate::support::server::PASSWORD).await;
    manage::delete(&server.app, &server.tenant, &ClientId(app.id.clone())).await.unwrap();
    browser.press(&consent, "consent-allow", &[]).await.assert_error_page("interaction.expired");
}

#[tokio::test]
async fn an_authorization_request_may_be_posted() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(app.parameters(&Flow::openid())).finish();
    let mut browser = Browser::new(&server);
    let answer = browser.send(Method::POST, "/oauth/authorize", body, &[("origin", "https://app.example")]).await;
    let login = browser.follow(answer).await;
    assert!(login.body.contains("id=\"login-submit\""), "{login:?}");
}

#[tokio::test]
async fn an_essential_class_that_cannot_be_reached_is_said() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let claims = |acr: &str| format!("{{\"id_token\":{{\"acr\":{{\"essential\":true,\"value\":\"{acr}\"}}}}}}");
    told(&app, &Flow::openid().with("claims", claims("gold")), "unmet_authentication_requirements").await;
    let code = app.code(&Flow::openid().with("claims", claims("urn:keyward:acr:1"))).await;
    let claims = server.claims(&app.exchange(&code).await.text("id_token"));
    assert_eq!(claims["acr"], "urn:keyward:acr:1");
}

#[tokio::test]
async fn prompts_ask_again_and_auth_time_moves() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let mut browser = Browser::new(&server);
    let auth_time = async |location: Url| {
        let code = query(&location, "code").unwrap();
        server.claims(&app.exchange(&code).await.text("id_token"))["auth_time"].as_i64().unwrap()
    };
    let first = auth_time(browser.authorize_as(&app.authorize_path(&Flow::openid()), "ada").await).await;
    server.wait(Duration::seconds(30));
    for again in
        [Flow::openid().with("prompt", "login"), Flow::openid().with("max_age", "1"), Flow::openid().with("max_age", "0")]
    {
        server.wait(Duration::seconds(30));
        let page = browser.visit(&app.authorize_path(&again)).await;
        assert!(page.body.contains("id=\"login-submit\""), "{again:?}: {page:?}");
        let location = browser.sign_in(&page, "ada", crate::support::server::PASSWORD).await.location();
        assert!(auth_time(location).await > first, "{again:?}");
    }
    let page = browser.visit(&app.authorize_path(&Flow::openid().with("prompt", "consent"))).await;
    assert!(page.body.contains("id=\"consent-allow\""), "{page:?}");
    let page = browser.visit(&app.authorize_path(&Flow::openid().with("prompt", "select_account"))).await;
    assert!(page.body.contains("name=\"account\""), "{page:?}");
}

#[tokio::test]
async fn declining_is_told_to_the_client() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let mut browser = Browser::new(&server);
    let login = browser.visit(&app.authorize_path(&Flow::openid())).await;
    let consent = browser.sign_in(&login, "ada", crate::support::server::PASSWORD).await;
    assert_told_after_pages(&browser.press(&consent, "consent-deny", &[]).await, "access_denied");
    let mut browser = Browser::new(&server);
    let login = browser.visit(&app.authorize_path(&Flow::openid())).await;
    assert_told_after_pages(&browser.press(&login, "login-cancel", &[]).await, "access_denied");
}

#[tokio::test]
async fn az_28_every_answer_names_the_issuer_in_every_mode() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let mut browser = Browser::new(&server);
    browser.authorize_as(&app.authorize_path(&Flow::openid()), "ada").await;
    for mode in ["query", "fragment", "form_post"] {
        for prompt in ["none", "nonsense"] {
            let answer =
                browser.get(&app.authorize_path(&Flow::openid().with("response_mode", mode).with("prompt", prompt))).await;
            let iss = match mode {
                "query" => query(&answer.location(), "iss"),
                "fragment" => {
                    let location = answer.location();
                    let fragment = location.fragment().unwrap().as_bytes();
                    form_urlencoded::parse(fragment).find(|(name, _)| name == "iss").map(|(_, value)| value.into_owned())
                }
                _ => {
                    let (_, fields) = crate::support::browser::form(&answer, "form-post-submit", &[]);
                    fields.into_iter().find(|(name, _)| name == "iss").map(|(_, value)| value)
                }
            };
            assert_eq!(iss.as_deref(), Some(server.issuer()), "{mode} {prompt}");
        }
    }
}
