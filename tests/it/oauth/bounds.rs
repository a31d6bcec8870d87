//! `/oauth/authorize`: how much a stranger may ask, and what it may cost us.

use axum::http::Method;

use crate::support::{Browser, Flow, TestServer, browser::encoded, relying_party::query};

use super::authorize::{assert_told, told};

#[tokio::test]
async fn az_25_a_claims_parameter_is_read_strictly_and_quickly() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let deep = format!("{{\"id_token\":{}{}}}", "[".repeat(2_000), "]".repeat(2_000));
    for wrong in ["{", "[]", "{\"id_token\":{\"a\":null,\"a\":null}}", &deep, &"x".repeat(50_000)] {
        told(&app, &Flow::openid().with("claims", wrong), "invalid_request").await;
    }
    let other = "{\"id_token\":{\"sub\":{\"value\":\"usr_00000000000000000000000000\"}}}";
    told(&app, &Flow::openid().with("claims", other).with("prompt", "none"), "login_required").await;
}

#[tokio::test]
async fn what_a_stranger_makes_us_keep_is_bounded() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let post = async |name: &'static str, value: String| {
        let body = encoded(&app.parameters(&Flow::openid().with(name, value)));
        Browser::new(&server).send(Method::POST, "/oauth/authorize", body, &[]).await
    };
    for (name, fits) in [("state", 4096), ("nonce", 2048), ("acr_values", 2048)] {
        let kept = post(name, "\"".repeat(fits)).await;
        assert!(kept.location().path().ends_with("/login"), "{name}: {kept:?}");
        for unfit in ["s".repeat(fits + 1), "\u{1}".repeat(10), "\u{1}".repeat(40_000)] {
            let location = post(name, unfit).await.location();
            assert_eq!(query(&location, "error").as_deref(), Some("invalid_request"), "{name}");
            assert!(query(&location, "error_description").unwrap().contains(&format!("`{name}`")), "{location}");
        }
    }
    for (name, word) in [("prompt", "login "), ("resource", "https://x/"), ("acr_values", "a ")] {
        assert_told(&server, &post(name, word.repeat(5_000)).await, "invalid_request");
    }
}

#[tokio::test]
async fn a_scope_or_response_type_of_any_length_is_refused_in_no_time() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let words: String = (0..20_000).map(|n| format!("{n:x} ")).collect();
    for (name, value, error) in [
        ("scope", words.clone(), "invalid_scope"),
        ("scope", "openid ".repeat(1_000), "invalid_scope"),
        ("response_type", words, "invalid_request"),
        ("response_type", "token ".repeat(20_000), "invalid_request"),
    ] {
        let body = encoded(&app.parameters(&Flow::openid().with(name, value)));
        let began = std::time::Instant::now();
        let answer = Browser::new(&server).send(Method::POST, "/oauth/authorize", body, &[]).await;
        assert!(began.elapsed() < std::time::Duration::from_millis(500), "{name}: {:?}", began.elapsed());
        assert_told(&server, &answer, error);
    }
}
