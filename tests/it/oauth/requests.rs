//! `/oauth/authorize`: what comes along as an object or by reference, what is asked again, and what a client repeats.

use axum::http::header;

use crate::support::{
    Answer, Browser, Counts, Flow, TestServer,
    browser::form,
    relying_party::{CHALLENGE, REDIRECT, VERIFIER, query},
    server::PASSWORD,
};

/// Nothing of the object was read: the answer goes where the query says, with the query's state.
#[track_caller]
fn assert_unread(answer: &Answer, error: &str) {
    let location = answer.location();
    assert!(location.as_str().starts_with(&format!("{REDIRECT}?")), "{location}");
    assert_eq!(query(&location, "error").as_deref(), Some(error), "{location}");
    assert_eq!(query(&location, "state").as_deref(), Some("s-1"));
    assert!(answer.headers.get(header::SET_COOKIE).is_none());
}

#[tokio::test]
async fn az_26_pk_10_request_objects_are_refused_and_nothing_of_them_is_read() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let object = |header: &str, claims: &str| {
        use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
        format!("{}.{}.", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
    };
    let inside = format!(
        "{{\"client_id\":\"{}\",\"redirect_uri\":\"https://evil.example/cb\",\"state\":\"evil\",\"code_challenge\":\"{}\"}}",
        app.id,
        "A".repeat(43)
    );
    let jwe = format!("{}.a.b.c.d", object(r#"{"alg":"dir","enc":"A256GCM"}"#, "").split('.').next().unwrap());
    for request in [
        object(r#"{"alg":"none"}"#, &inside),
        object(r#"{"alg":"RS256","typ":"oauth-authz-req+jwt"}"#, &inside),
        object(r#"{"alg":"HS256"}"#, "{}"),
        jwe,
        "nonsense".to_owned(),
    ] {
        // With a challenge of its own in the query (PK-10), and with none.
        for flow in [Flow::openid(), Flow::openid().pkce()] {
            assert_unread(&app.ask(&flow.with("request", request.clone())).await, "request_not_supported");
        }
        let both = Flow::openid().with("request", request).with("request_uri", "https://evil.example/r");
        assert_unread(&app.ask(&both).await, "request_not_supported");
    }
    for uri in ["https://evil.example/r", "urn:ietf:params:oauth:request_uri:x", "http://127.0.0.1:1/", "file:///etc/passwd"] {
        assert_unread(&app.ask(&Flow::openid().with("request_uri", uri)).await, "request_uri_not_supported");
    }
    // The client cannot come from the object alone.
    let path = format!("/oauth/authorize?request={}", object(r#"{"alg":"none"}"#, &inside));
    Browser::new(&server).get(&path).await.assert_error_page("client_id.missing");
    let metadata = server.get("/.well-known/openid-configuration").await.json();
    assert_eq!(
        (&metadata["request_parameter_supported"], &metadata["request_uri_parameter_supported"]),
        (&false.into(), &false.into())
    );
    // The same request without the object goes on, and the challenge of the query is the one that is bound.
    let code = app.code(&Flow::openid().pkce()).await;
    app.exchange_with(&code, &[("code_verifier", VERIFIER)]).await.assert_ok();
}

#[tokio::test]
async fn az_31_a_page_that_is_loaded_again_goes_on_and_gives_one_answer() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let mut browser = Browser::new(&server);
    let begun = browser.get(&app.authorize_path(&Flow::openid())).await;
    let here = begun.location();
    let here = format!("{}?{}", here.path(), here.query().unwrap());
    let first = browser.get(&here).await;
    let page = browser.get(&here).await;
    assert_eq!(form(&first, "login-submit", &[]), form(&page, "login-submit", &[]), "the reload began something new");
    // Signed in, the same link leads on to consent, however often it is opened.
    let consent = browser.sign_in(&first, "ada", PASSWORD).await;
    for _ in 0..2 {
        let again = browser.visit(&here).await;
        assert_eq!(form(&consent, "consent-allow", &[]), form(&again, "consent-allow", &[]));
    }
    let answer = browser.press(&consent, "consent-allow", &[]).await;
    let code = query(&answer.location(), "code").unwrap();
    browser.visit(&here).await.assert_error_page("interaction.used");
    app.exchange(&code).await.assert_ok();
}

#[tokio::test]
async fn az_38_a_challenge_or_a_nonce_used_again_is_served_and_told_of() {
    let counts = Counts::begin();
    let server = TestServer::start().await;
    let (app, other) = (server.confidential().await, server.confidential().await);
    let fresh = Flow::openid().with("nonce", "n-1").with("code_challenge", CHALLENGE).with("code_challenge_method", "S256");
    app.code(&fresh).await;
    other.code(&fresh).await;
    assert_eq!((counts.event("code_challenge.reused"), counts.event("nonce.reused")), (0, 0));
    app.code(&Flow::openid().pkce().with("nonce", "n-2")).await;
    assert_eq!((counts.event("code_challenge.reused"), counts.event("nonce.reused")), (1, 0));
    let code = app.code(&fresh).await;
    assert_eq!((counts.event("code_challenge.reused"), counts.event("nonce.reused")), (2, 1));
    app.exchange_with(&code, &[("code_verifier", VERIFIER)]).await.assert_ok();
}
