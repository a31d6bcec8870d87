//! `/login`: who gets in, who does not, and what neither can tell.

use axum::http::{Method, header};
use keyward::{
    model::{actor::Actor, fault::Failure, user::UserStatus},
    services::directory::users::{self, NewUser, UserChange},
};
use serde_json::json;
use time::Duration;

use crate::support::{
    Answer, Browser, Flow, TestServer,
    browser::form,
    relying_party::query,
    server::{PASSWORD, person},
};

pub async fn login_page<'s>(server: &'s TestServer, browser: &mut Browser<'s>) -> Answer {
    let app = server.confidential().await;
    browser.visit(&app.authorize_path(&Flow::openid())).await
}

/// What the form answers, without following.
pub async fn attempt(browser: &mut Browser<'_>, page: &Answer, username: &str, password: &str) -> Answer {
    let (action, fields) = form(page, "login-submit", &[("username", username), ("password", password)]);
    browser.post(&action, &fields).await
}

#[tokio::test]
async fn username_and_e_mail_address_both_open_the_account() {
    let server = TestServer::start().await;
    for name in ["ada", "ADA ", "ada@example.org", " Ada@Example.org"] {
        let mut browser = Browser::new(&server);
        let page = login_page(&server, &mut browser).await;
        assert_eq!(attempt(&mut browser, &page, name, PASSWORD).await.status, 303, "{name}");
    }
}

#[tokio::test]
async fn se_11_a_wrong_password_and_an_unknown_or_disabled_user_look_alike() {
    let server = TestServer::start().await;
    server.disable("grace").await;
    let mut answers = Vec::new();
    for (name, password) in [("ada", "wrong"), ("nobody", "wrong"), ("grace", PASSWORD)] {
        let mut browser = Browser::new(&server);
        let page = login_page(&server, &mut browser).await;
        let answer = attempt(&mut browser, &page, name, password).await;
        assert_eq!(answer.reason, Some("login.mismatch"));
        assert!(answer.headers.get(header::SET_COOKIE).is_none());
        // Ids of this interaction and the typed name aside, the pages are the same.
        let (_, fields) = form(&answer, "login-submit", &[]);
        let varying = fields.into_iter().map(|(_, value)| value).chain([form(&answer, "login-submit", &[]).0]);
        let body = varying
            .filter(|value| !value.is_empty())
            .fold(answer.body.clone(), |body, value| body.replace(&value.replace('&', "&#38;"), "…").replace(&value, "…"));
        answers.push((answer.status, body));
    }
    let mut browser = Browser::new(&server);
    let page = login_page(&server, &mut browser).await;
    assert_eq!(attempt(&mut browser, &page, "ada", PASSWORD).await.status, 303);
    assert_eq!(answers[0].0, answers[1].0);
    assert_eq!(answers[0].1.len(), answers[1].1.len());
    assert_eq!(answers[0].0, answers[2].0);
}

#[tokio::test]
async fn ui_05_nobody_learns_from_a_sub_whose_it_is() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let hint = app.tokens(&Flow::openid()).await.text("id_token");
    let claims = json!({ "id_token": { "sub": { "value": server.claims(&hint)["sub"] } } }).to_string();
    for asked in [("claims", claims), ("id_token_hint", hint)] {
        let flow = Flow::openid().with(asked.0, asked.1);
        let mut someone_else = Browser::new(&server);
        someone_else.authorize_as(&app.authorize_path(&Flow::openid()), "grace").await;
        for browser in [&mut Browser::new(&server), &mut someone_else] {
            let page = browser.visit(&app.authorize_path(&flow)).await;
            assert!(page.body.contains("id=\"login-submit\"") && !page.body.contains("value=\"ada\""), "{}", page.body);
            assert!(!page.body.contains("Enter your password again"), "{}", page.body);
        }
        // Where ada is signed in, her own browser says so; and what the request itself says may be shown.
        let mut own = Browser::new(&server);
        own.authorize_as(&app.authorize_path(&Flow::openid()), "ada").await;
        let page = own.visit(&app.authorize_path(&flow.clone().with("prompt", "login"))).await;
        assert!(page.body.contains("value=\"ada\""), "{}", page.body);
        let page = Browser::new(&server).visit(&app.authorize_path(&flow.with("login_hint", "ada"))).await;
        assert!(page.body.contains("value=\"ada\""), "{}", page.body);
    }
}

#[tokio::test]
async fn an_account_is_chosen_only_while_it_is_the_one_that_is_signed_in() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let mut browser = Browser::new(&server);
    browser.authorize_as(&app.authorize_path(&Flow::openid()), "ada").await;
    let choose = app.authorize_path(&Flow::openid().with("prompt", "select_account"));
    let shown = browser.visit(&choose).await;
    // Meanwhile, in another tab.
    browser.authorize_as(&app.authorize_path(&Flow::openid().with("prompt", "login")), "grace").await;
    let again = press_account(&mut browser, &shown).await;
    assert!(again.body.contains("name=\"account\"") && again.body.contains("Grace Hopper"), "{again:?}");
    let answer = press_account(&mut browser, &again).await;
    let tokens = app.exchange(&query(&answer.location(), "code").unwrap()).await;
    assert_eq!(server.userinfo(&tokens.text("access_token")).await.json()["email"], "grace@example.org");
}

/// Presses the one account button of a page.
async fn press_account(browser: &mut Browser<'_>, page: &Answer) -> Answer {
    let (action, fields) = form(page, "login-submit", &[]);
    let csrf = &fields.iter().find(|(name, _)| name == "csrf").unwrap().1;
    let account = page.body.split("name=\"account\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let answer = browser.post(&action, &[("csrf", csrf.as_str()), ("account", account)]).await;
    browser.follow(answer).await
}

#[tokio::test]
async fn a_name_typed_over_a_filled_in_one_is_still_there_after_a_refusal() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let mut browser = Browser::new(&server);
    browser.authorize_as(&app.authorize_path(&Flow::openid()), "ada").await;
    let page = browser.visit(&app.authorize_path(&Flow::openid().with("prompt", "login"))).await;
    assert!(page.body.contains("value=\"ada\""), "{}", page.body);
    let refused = browser.sign_in(&page, "grace", "wrong").await;
    assert!(refused.body.contains("value=\"grace\"") && !refused.body.contains("value=\"ada\""), "{}", refused.body);
}

#[tokio::test]
async fn another_language_still_lets_someone_else_sign_in() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let mut browser = Browser::new(&server);
    browser.authorize_as(&app.authorize_path(&Flow::openid()), "ada").await;
    let page = browser.visit(&app.authorize_path(&Flow::openid().with("prompt", "login"))).await;
    let link = |page: &Answer, mark: &str| {
        let links = page.body.split("href=\"").skip(1).map(|part| part.split('"').next().unwrap());
        links.filter(|link| link.contains(mark)).last().unwrap().replace("&#38;", "&").replace("&amp;", "&")
    };
    let page = browser.get(&link(&page, "switch=1")).await;
    let german = browser.get(&link(&page, "ui_locales=de")).await;
    assert!(german.body.contains("lang=\"de\"") && !german.body.contains("value=\"ada\""), "{}", german.body);
}

#[tokio::test]
async fn se_01_a_session_gets_a_new_secret_at_each_sign_in() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let mut browser = Browser::new(&server);
    browser.cookies.insert("__Host-kw_session_x".to_owned(), "planted".to_owned());
    browser.authorize_as(&app.authorize_path(&Flow::openid()), "ada").await;
    let first = browser.cookies.clone();
    let page = browser.visit(&app.authorize_path(&Flow::openid().with("prompt", "login"))).await;
    browser.sign_in(&page, "ada", PASSWORD).await;
    let changed: Vec<_> = browser.cookies.iter().filter(|(name, value)| first.get(*name) != Some(value)).collect();
    assert_eq!(changed.len(), 1, "{changed:?}");

    let mut thief = Browser::new(&server);
    thief.cookies = first;
    let stolen = thief.get(&app.authorize_path(&Flow::openid().with("prompt", "none"))).await;
    assert_eq!(query(&stolen.location(), "error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn se_02_a_sign_in_belongs_to_the_browser_that_began_it() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let mut attacker = Browser::new(&server);
    let page = attacker.visit(&app.authorize_path(&Flow::openid())).await;
    let (action, _) = form(&page, "login-submit", &[]);
    let mut victim = Browser::new(&server);
    victim.authorize_as(&app.authorize_path(&Flow::openid()), "ada").await;
    victim.get(&action).await.assert_error_page("interaction.other_browser");
    let resume = action.replace("/login", "/oauth/authorize/resume");
    victim.get(&resume).await.assert_error_page("interaction.other_browser");
    assert_eq!(attempt(&mut victim, &page, "ada", PASSWORD).await.status, 403);
}

#[tokio::test]
async fn se_04_a_form_needs_its_token_and_our_origin() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let page = login_page(&server, &mut browser).await;
    let (action, fields) = form(&page, "login-submit", &[("username", "ada"), ("password", PASSWORD)]);
    let encode = |fields: &[(String, String)]| form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    for origin in ["https://evil.example", "null", "http://id.example.test"] {
        let answer = browser.send(Method::POST, &action, encode(&fields), &[("origin", origin)]).await;
        answer.assert_error_page("interaction.other_browser");
    }
    let without: Vec<_> = fields.iter().filter(|(name, _)| name != "csrf").cloned().collect();
    browser.send(Method::POST, &action, encode(&without), &[]).await.assert_error_page("interaction.other_browser");
    assert_eq!(browser.send(Method::POST, &action, encode(&fields), &[("origin", server.issuer())]).await.status, 303);
}

#[tokio::test]
async fn se_07_cookies_are_bound_to_this_host_and_hidden_from_script() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let mut browser = Browser::new(&server);
    let begun = browser.get(&app.authorize_path(&Flow::openid())).await;
    let page = browser.follow(begun.clone()).await;
    let signed_in = attempt(&mut browser, &page, "ada", PASSWORD).await;
    for answer in [begun, signed_in] {
        let cookie = answer.header(header::SET_COOKIE);
        assert!(cookie.starts_with("__Host-") && cookie.len() < 4096, "{cookie}");
        for attribute in ["HttpOnly", "Secure", "SameSite=None", "Path=/"] {
            assert!(cookie.contains(attribute), "{attribute}: {cookie}");
        }
        assert!(!cookie.contains("Domain"));
    }
}

#[tokio::test]
async fn se_08_strange_cookies_count_as_none() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let mut browser = Browser::new(&server);
    browser.authorize_as(&app.authorize_path(&Flow::openid()), "ada").await;
    let path = app.authorize_path(&Flow::openid().with("prompt", "none"));
    let (name, value) = browser.cookies.iter().find(|(name, _)| name.contains("session")).unwrap();
    let bent = format!("{}{}", &value[..value.len() - 1], if value.ends_with('A') { 'E' } else { 'A' });
    let other = name.replace("_live", "_test");
    for cookies in [
        format!("{name}={value}; {name}={value}"),
        format!("{name}={bent}"),
        format!("{other}={value}"),
        format!("{name}="),
        format!("{name}={}", "x".repeat(5000)),
        "=;;;==; \u{7f}".replace('\u{7f}', "%00"),
    ] {
        let answer = server.get_with(&path, &[("cookie", &cookies)]).await;
        assert_eq!(query(&answer.location(), "error").as_deref(), Some("login_required"), "{cookies}");
    }
    let control = server.get_with(&path, &[("cookie", &format!("{name}={value}"))]).await;
    assert!(query(&control.location(), "code").is_some());
}

#[tokio::test]
async fn se_20_steps_cannot_be_skipped_or_repeated() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let mut browser = Browser::new(&server);
    let login = browser.visit(&app.authorize_path(&Flow::openid())).await;
    let (action, fields) = form(&login, "login-submit", &[]);
    let csrf = fields.iter().find(|(name, _)| name == "csrf").unwrap().1.clone();
    // Consent before sign-in: nothing happens, and login is shown again.
    let consent = action.replace("/login", "/consent");
    let skipped = browser.post(&consent, &[("csrf", csrf.as_str()), ("decision", "allow")]).await;
    let page = browser.follow(skipped).await;
    assert!(page.body.contains("id=\"login-submit\""), "{page:?}");
    let consent_page = browser.sign_in(&page, "ada", PASSWORD).await;
    let (_, fields) = form(&consent_page, "consent-allow", &[]);
    let first = browser.post(&consent, &fields).await;
    let first = browser.follow(first).await;
    assert!(query(&first.location(), "code").is_some());
    // The finished interaction gives no second answer, by reload or back button.
    let again = browser.get(&action.replace("/login", "/oauth/authorize/resume")).await;
    again.assert_error_page("interaction.used");
    browser.post(&consent, &fields).await.assert_error_page("interaction.used");
}

#[tokio::test]
async fn az_29_the_answer_to_a_password_is_303_and_leaks_nothing() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let page = login_page(&server, &mut browser).await;
    let answer = attempt(&mut browser, &page, "ada", PASSWORD).await;
    assert_eq!((answer.status, answer.body.as_str()), (303, ""));
    assert_eq!(answer.header(header::REFERRER_POLICY), "no-referrer");
    assert_eq!(answer.header(header::CACHE_CONTROL), "no-store");
}

#[tokio::test]
async fn se_10_another_password_ends_sessions_and_tokens() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let mut browser = Browser::new(&server);
    browser.authorize_as(&app.authorize_path(&Flow::openid()), "ada").await;
    let tokens = app.tokens(&Flow::openid()).await;
    let pending = app.code(&Flow::openid()).await;
    server.change_password("ada", "another long password").await;
    let silent = browser.get(&app.authorize_path(&Flow::openid().with("prompt", "none"))).await;
    assert_eq!(query(&silent.location(), "error").as_deref(), Some("login_required"));
    app.refresh(&tokens.text("refresh_token"), &[]).await.assert_refused("invalid_grant", "grant.revoked");
    app.exchange(&pending).await.assert_refused("invalid_grant", "grant.revoked");
    server.userinfo(&tokens.text("access_token")).await.assert_refused("invalid_token", "token.inactive");
    let page = login_page(&server, &mut browser).await;
    assert_eq!(attempt(&mut browser, &page, "ada", PASSWORD).await.status, 400);
    assert_eq!(attempt(&mut browser, &page, "ada", "another long password").await.status, 303);
}

#[tokio::test]
async fn a_session_and_an_interaction_end_in_time() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let mut browser = Browser::new(&server);
    let page = browser.visit(&app.authorize_path(&Flow::openid())).await;
    server.wait(Duration::minutes(16));
    attempt(&mut browser, &page, "ada", PASSWORD).await.assert_error_page("interaction.expired");
    browser.authorize_as(&app.authorize_path(&Flow::openid()), "ada").await;
    server.wait(Duration::hours(13));
    let silent = browser.get(&app.authorize_path(&Flow::openid().with("prompt", "none"))).await;
    assert_eq!(query(&silent.location(), "error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn se_26_nobody_inherits_the_name_of_somebody_who_was_there_before() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let before = server.claims(&app.tokens(&Flow::openid()).await.text("id_token"))["sub"].clone();
    server.disable("ada").await;
    let new = |email: &str, username: &str| NewUser { email: email.to_owned(), ..person(username) };
    // Closed or not, both of its names stay taken, however they are written, and in each other's place.
    for (email, username) in
        [("ada@example.org", "fresh"), ("ADA@Example.org", "fresh"), ("fresh@example.org", "ada"), ("fresh@example.org", "ADA ")]
    {
        let made =
            users::create(&server.app, &Actor::Operator, &server.tenant, new(email, username), server.app.clock.now()).await;
        assert!(matches!(made, Err(Failure::Refused(_))), "{email} {username}");
    }
    // Opened again it is the same person; somebody new is somebody else.
    let ada = users::read(&server.app, &Actor::Operator, &server.tenant, "ada").await.unwrap();
    let change = UserChange { status: Some(UserStatus::Active), ..UserChange::default() };
    users::update(&server.app, &Actor::Operator, &server.tenant, ada.id, change, server.app.clock.now()).await.unwrap();
    assert_eq!(server.claims(&app.tokens(&Flow::openid()).await.text("id_token"))["sub"], before);
    let fresh =
        users::create(&server.app, &Actor::Operator, &server.tenant, new("fresh@example.org", "fresh"), server.app.clock.now())
            .await
            .unwrap();
    assert_ne!(before, fresh.id.to_string());
}
