//! How clients prove themselves, at every endpoint that asks them to.

use keyward::model::names::Algorithm;
use serde_json::{Value, json};

use crate::support::{
    Counts, Flow, TestServer, refused,
    relying_party::{JWT_BEARER, REDIRECT, basic},
    server::ClientKey,
};

fn machine(more: Value) -> Value {
    let mut metadata = json!({ "grant_types": ["client_credentials"], "response_types": [], "scope": "a:b" });
    metadata.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    metadata
}

#[tokio::test]
async fn ca_01_a_wrong_secret_and_an_unknown_client_look_alike() {
    let server = TestServer::start().await;
    let app = server.client(machine(json!({}))).await;
    let ask = |id: String, secret: String| {
        let server = &server;
        async move {
            let header = basic(&id, &secret);
            server.post_with("/oauth/token", &[("grant_type", "client_credentials")], &[("authorization", &header)]).await
        }
    };
    let wrong = ask(app.id.clone(), "wrong".to_owned()).await;
    let unknown = ask("nobody".to_owned(), "wrong".to_owned()).await;
    let control = ask(app.id.clone(), app.secret.clone().unwrap()).await;
    refused(&wrong, ("invalid_client", "client.wrong_secret"), &control);
    refused(&unknown, ("invalid_client", "client.unknown"), &control);
    assert_eq!((wrong.status, &wrong.body), (401, &unknown.body));
    assert!(wrong.header("www-authenticate").starts_with("Basic realm="));
}

#[tokio::test]
async fn wb_07_an_identifier_with_control_characters_is_an_unknown_one() {
    let server = TestServer::start().await;
    let grant = ("grant_type", "client_credentials");
    let encode = |text: &str| base64::Engine::encode(&base64::engine::general_purpose::STANDARD, text);
    for pair in ["a%00b:x", "a\0b:x", "a%0Ab:x", &format!("{}:x", "a".repeat(200))] {
        let header = format!("Basic {}", encode(pair));
        for path in ["/oauth/token", "/oauth/introspect", "/oauth/revoke"] {
            let answer = server.post_with(path, &[grant], &[("authorization", &header)]).await;
            answer.assert_refused("invalid_client", "client.unknown");
        }
    }
    let assertion = format!("{}.{}.AA", encode(r#"{"alg":"ES256"}"#), encode(r#"{"sub":"\u0000"}"#).trim_end_matches('='));
    let fields = [grant, ("client_assertion_type", JWT_BEARER), ("client_assertion", &assertion)];
    server.post("/oauth/token", &fields).await.assert_refused("invalid_client", "client.unknown");
}

#[tokio::test]
async fn ca_02_ca_07_two_ways_at_once_are_refused() {
    let server = TestServer::start().await;
    let app = server.client(machine(json!({}))).await;
    let (id, secret) = (app.id.as_str(), app.secret.as_deref().unwrap());
    let header = basic(id, secret);
    let grant = ("grant_type", "client_credentials");
    let control = server.post_with("/oauth/token", &[grant], &[("authorization", &header)]).await;
    let both = server
        .post_with("/oauth/token", &[grant, ("client_id", id), ("client_secret", secret)], &[("authorization", &header)])
        .await;
    refused(&both, ("invalid_request", "client.several_methods"), &control);
    let twice = server.post_with("/oauth/token", &[grant], &[("authorization", &header), ("authorization", &header)]).await;
    refused(&twice, ("invalid_request", "client.several_headers"), &control);
    let other = server.post_with("/oauth/token", &[grant, ("client_id", "other")], &[("authorization", &header)]).await;
    refused(&other, ("invalid_request", "client.id_contradiction"), &control);
    // The same id beside the header is what many clients send.
    server.post_with("/oauth/token", &[grant, ("client_id", id)], &[("authorization", &header)]).await.assert_ok();
    server.post("/oauth/token", &[grant, ("client_id", id), ("client_secret", secret)]).await.assert_ok();
}

#[tokio::test]
async fn ca_04_only_the_registered_method_is_taken() {
    let server = TestServer::start().await;
    for (registered, header_works, body_works) in [("client_secret_basic", true, false), ("client_secret_post", false, true)] {
        let app = server.client(machine(json!({ "token_endpoint_auth_method": registered }))).await;
        let (id, secret) = (app.id.as_str(), app.secret.as_deref().unwrap());
        let grant = ("grant_type", "client_credentials");
        let by_header = server.post_with("/oauth/token", &[grant], &[("authorization", &basic(id, secret))]).await;
        let by_body = server.post("/oauth/token", &[grant, ("client_id", id), ("client_secret", secret)]).await;
        assert_eq!((by_header.status == 200, by_body.status == 200), (header_works, body_works), "{registered}");
        let by_name = server.post("/oauth/token", &[grant, ("client_id", id)]).await;
        by_name.assert_refused("invalid_client", "client.other_method");
    }
}

#[tokio::test]
async fn ca_05_ca_08_empty_and_misplaced_secrets_are_refused() {
    let server = TestServer::start().await;
    let app = server.client(machine(json!({}))).await;
    let empty = server
        .post_with("/oauth/token", &[("grant_type", "client_credentials")], &[("authorization", &basic(&app.id, ""))])
        .await;
    empty.assert_refused("invalid_client", "client.wrong_secret");
    let in_query = format!("/oauth/token?client_id={}&client_secret={}", app.id, app.secret.unwrap());
    server
        .post(&in_query, &[("grant_type", "client_credentials")])
        .await
        .assert_refused("invalid_request", "parameters.in_query");
    let public = server.public().await;
    let posing =
        server.post("/oauth/token", &[("grant_type", "refresh_token"), ("client_id", &public.id), ("client_secret", "x")]).await;
    posing.assert_refused("invalid_client", "client.other_method");
}

#[tokio::test]
async fn ca_10_ca_11_ca_13_ca_14_assertions_prove_a_client_once() {
    let server = TestServer::start().await;
    let key = ClientKey::new();
    let app = server
        .client(machine(json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": { "keys": [key.public()] } })))
        .await;
    let good = || app.assertion();
    let send = async |assertion: String| server.assert(&assertion).await;
    let with = |name: &str, value: Value| {
        let mut claims = good();
        if value == "(absent)" {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value;
        }
        key.sign(&claims)
    };
    let control = send(key.sign(&good())).await;
    assert_eq!(control.status, 200, "{control:?}");
    send(with("aud", json!(format!("{}/oauth/token", server.issuer())))).await.assert_ok();
    send(with("aud", json!(["https://x", server.issuer()]))).await.assert_ok();
    send(with("exp", json!(server.now() - 5))).await.assert_ok();

    // CA-11, CA-13: every claim that is missing, wrong or too generous.
    let now = server.now();
    for (name, value) in [
        ("iss", json!("other")),
        ("iss", json!("(absent)")),
        ("aud", json!("https://other")),
        ("aud", json!("(absent)")),
        ("exp", json!("(absent)")),
        ("exp", json!(now - 11)),
        ("exp", json!(now + 66 * 60)),
        ("exp", json!("soon")),
        ("exp", json!(-1)),
        ("exp", json!(1e308)),
        ("nbf", json!(now + 60)),
        ("iat", json!(now + 120)),
        ("jti", json!("(absent)")),
        ("jti", json!("x".repeat(2_000))),
    ] {
        let attack = send(with(name, value.clone())).await;
        assert_eq!((attack.status, attack.json()["error"].as_str()), (401, Some("invalid_client")), "{name} {value}: {attack:?}");
    }

    // CA-14: the same jti is good once, also in a different assertion.
    let once = key.sign(&good());
    send(once.clone()).await.assert_ok();
    send(once).await.assert_refused("invalid_client", "assertion.replayed");

    // CA-10: signed by someone else, by nobody, by our public key as a secret.
    let stranger = ClientKey::new().sign(&good());
    send(stranger).await.assert_refused("invalid_client", "assertion.invalid");
    for alg in ["none", "HS256"] {
        let attack = send(key.forge(&good(), alg)).await;
        assert_eq!(attack.status, 401, "{alg}: {attack:?}");
    }
}

#[tokio::test]
async fn ca_14_an_assertion_is_spent_even_when_its_request_is_refused() {
    let server = TestServer::start().await;
    let key = ClientKey::new();
    let app = server
        .client(machine(json!({
            "token_endpoint_auth_method": "private_key_jwt", "jwks": { "keys": [key.public()] }, "redirect_uris": [REDIRECT],
            "grant_types": ["client_credentials", "authorization_code", "refresh_token"], "response_types": ["code"],
        })))
        .await;
    let refusals = [
        ("/oauth/token", vec![("grant_type", "client_credentials"), ("scope", "nope")], "invalid_scope"),
        ("/oauth/token", vec![("grant_type", "client_credentials"), ("resource", "https://no.example")], "invalid_target"),
        ("/oauth/token", vec![("grant_type", "password")], "unsupported_grant_type"),
        ("/oauth/token", vec![("grant_type", "authorization_code")], "invalid_request"),
        ("/oauth/token", vec![("grant_type", "authorization_code"), ("code", "x")], "invalid_grant"),
        ("/oauth/token", vec![("grant_type", "refresh_token"), ("refresh_token", "x")], "invalid_grant"),
        ("/oauth/introspect", vec![], "invalid_request"),
        ("/oauth/revoke", vec![], "invalid_request"),
    ];
    for (path, attempt, error) in refusals {
        let now = server.now();
        let claims = json!({ "iss": app.id, "sub": app.id, "aud": server.issuer(), "jti": server.app.randomness.uuid_v4(), "iat": now, "exp": now + 60 });
        let assertion = key.sign(&claims);
        let proof = [("client_assertion_type", JWT_BEARER), ("client_assertion", assertion.as_str())];
        let refused = server.post(path, &[&attempt[..], &proof[..]].concat()).await;
        assert_eq!(refused.json()["error"], error, "{path} {attempt:?}: {refused:?}");
        let again = [&[("grant_type", "client_credentials")][..], &proof[..]].concat();
        server.post("/oauth/token", &again).await.assert_refused("invalid_client", "assertion.replayed");
    }
}

#[tokio::test]
async fn a_shared_secret_can_sign_assertions_too() {
    let server = TestServer::start().await;
    let app = server.client(machine(json!({ "token_endpoint_auth_method": "client_secret_jwt" }))).await;
    let now = server.now();
    let claims = json!({ "iss": app.id, "sub": app.id, "aud": server.issuer(), "jti": "1", "iat": now, "exp": now + 60 });
    let header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS256);
    let sign = |secret: &str| {
        jsonwebtoken::encode(&header, &claims, &jsonwebtoken::EncodingKey::from_secret(secret.as_bytes())).unwrap()
    };
    let send = async |assertion: String| server.assert(&assertion).await;
    send(sign("wrong")).await.assert_refused("invalid_client", "assertion.invalid");
    send(sign(app.secret.as_deref().unwrap())).await.assert_ok();
}

#[tokio::test]
async fn ca_20_guessing_is_slowed_by_address() {
    let server = TestServer::start().await;
    let app = server.client(machine(json!({}))).await;
    let grant = [("grant_type", "client_credentials")];
    let wrong = basic(&app.id, "wrong");
    let mut last = server.post_with("/oauth/token", &grant, &[("authorization", &wrong)]).await;
    for _ in 0..200 {
        last = server.post_with("/oauth/token", &grant, &[("authorization", &wrong)]).await;
    }
    assert_eq!((last.status, last.reason), (429, Some("client.throttled")));
    assert!(!last.header("retry-after").is_empty());
    let elsewhere = server.from("192.0.2.7".parse().unwrap());
    let right = basic(&app.id, app.secret.as_deref().unwrap());
    elsewhere.post_with("/oauth/token", &grant, &[("authorization", &right)]).await.assert_ok();
}

#[tokio::test]
async fn a_refresh_needs_the_client_it_belongs_to() {
    let server = TestServer::start().await;
    let app = server.client(json!({ "redirect_uris": [REDIRECT] })).await;
    let token = app.tokens(&Flow::openid()).await.text("refresh_token");
    let anonymous = server.post("/oauth/token", &[("grant_type", "refresh_token"), ("refresh_token", &token)]).await;
    refused(&anonymous, ("invalid_client", "client.absent"), &app.refresh(&token, &[]).await);
}

#[tokio::test]
async fn ca_16_a_kid_names_a_key_of_this_client() {
    let server = TestServer::start().await;
    let [first, second, foreign] = [ClientKey::new(), ClientKey::new(), ClientKey::new()];
    let register = async |keys: &[&ClientKey]| {
        let keys: Vec<_> = keys.iter().map(|key| key.public()).collect();
        let metadata = json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": { "keys": keys } });
        server.client(machine(metadata)).await
    };
    let (app, other) = (register(&[&first, &second]).await, register(&[&foreign]).await);
    let control = server.assert(&first.sign_as(&app.assertion(), Some(first.kid()))).await;
    server.assert(&second.sign_as(&app.assertion(), Some(second.kid()))).await.assert_ok();
    server.assert(&foreign.sign_as(&other.assertion(), None)).await.assert_ok();
    for (key, kid) in [
        (&first, Some(second.kid())),
        (&foreign, Some(foreign.kid())),
        (&foreign, Some(first.kid())),
        (&first, Some(foreign.kid())),
        (&first, Some("../../../data/master.key")),
        (&first, Some("x' OR '1'='1")),
        (&first, Some("a\0b")),
        (&first, Some(&"k".repeat(64 * 1024))),
        (&first, Some("")),
        // Several keys, and none is named.
        (&first, None),
    ] {
        let attack = server.assert(&key.sign_as(&app.assertion(), kid)).await;
        assert_eq!((control.status, attack.status), (200, 401), "{kid:.40?}: {attack:?}");
        let body =
            json!({ "error": "invalid_client", "error_description": "The client is unknown or its authentication failed." });
        assert_eq!(attack.json(), body, "{kid:.40?}");
    }
}

#[tokio::test]
async fn ca_22_guessing_secrets_costs_no_memory_hard_hash() {
    let counts = Counts::begin();
    let server = TestServer::start_with("limits.client_failures = 1000").await;
    let app = server.client(machine(json!({}))).await;
    let mut guesses = tokio::task::JoinSet::new();
    for guess in 0..200 {
        let (server, id) = (server.clone(), app.id.clone());
        guesses.spawn(async move {
            let header = basic(&id, &format!("wrong{guess}"));
            server.post_with("/oauth/token", &[("grant_type", "client_credentials")], &[("authorization", &header)]).await
        });
    }
    while let Some(guess) = guesses.join_next().await {
        guess.unwrap().assert_refused("invalid_client", "client.wrong_secret");
    }
    app.token(&[("grant_type", "client_credentials")]).await.assert_ok();
    assert_eq!(counts.of("keyward_hashes_total"), 0);
    // A password is hashed, so that what was counted can be counted.
    server.confidential().await.code(&Flow::openid()).await;
    assert_ne!(counts.of("keyward_hashes_total"), 0);
}

#[tokio::test]
async fn ca_10_the_registered_algorithm_is_the_only_one() {
    use jsonwebtoken::Algorithm::{PS256, RS256};
    let server = TestServer::start().await;
    let key = ClientKey::of(Algorithm::RS256);
    // The JWK itself leaves both open.
    let mut open = key.public();
    open.as_object_mut().unwrap().remove("alg");
    for (registered, works) in [(Some("PS256"), [false, true]), (Some("RS256"), [true, false]), (None, [true, true])] {
        let mut metadata = machine(json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": { "keys": [open] } }));
        if let Some(registered) = registered {
            metadata["token_endpoint_auth_signing_alg"] = json!(registered);
        }
        let app = server.client(metadata).await;
        for (algorithm, works) in [RS256, PS256].into_iter().zip(works) {
            let assertion = key.sign_under(&app.assertion(), jsonwebtoken::Header::new(algorithm));
            let answer = server.assert(&assertion).await;
            assert_eq!(answer.status == 200, works, "{registered:?} {algorithm:?}: {answer:?}");
        }
    }
}
