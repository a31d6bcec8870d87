//! The same thing asked for many times at once: on one node, and, where the database is PostgreSQL, on two.

use std::{convert::Infallible, sync::Arc};

use keyward::{
    model::{
        actor::Actor,
        fault::{Failure, Fault},
        grant::RevocationReason,
        id::ClientId,
        secret::Secret,
    },
    services::directory::users,
    storage::{self, Store, Tx},
};
use serde_json::json;
use time::Duration;
use tokio::sync::{Barrier, Notify};

use crate::support::{
    Answer, Browser, Flow, TestServer,
    browser::form,
    database, log,
    relying_party::{REDIRECT, VERIFIER, basic, query},
    server::{ClientKey, PASSWORD},
};

const AT_ONCE: usize = 20;
const ROUNDS: usize = 5;

/// The nodes that a race is run on.
async fn nodes(server: &TestServer) -> Vec<TestServer> {
    match database::postgres() {
        None => vec![server.clone()],
        Some(_) => vec![server.clone(), server.second_node().await],
    }
}

/// So many POSTs of one form, released together, spread over the nodes.
async fn at_once(
    nodes: &[TestServer],
    path: &'static str,
    forms: Vec<Vec<(String, String)>>,
    authorization: Option<String>,
) -> Vec<Answer> {
    let barrier = Arc::new(Barrier::new(forms.len()));
    let mut tasks = Vec::new();
    for (number, form) in forms.into_iter().enumerate() {
        let (node, barrier, authorization) = (nodes[number % nodes.len()].clone(), barrier.clone(), authorization.clone());
        tasks.push(tokio::spawn(async move {
            barrier.wait().await;
            let fields: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let headers: Vec<_> = authorization.iter().map(|value| ("authorization", value.as_str())).collect();
            node.post_with(path, &fields, &headers).await
        }));
    }
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers
}

fn owned(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn cd_02_one_code_is_exchanged_once_and_the_race_ends_its_grant() {
    let log = log::captured();
    let server = TestServer::start().await;
    let nodes = nodes(&server).await;
    let app = server.confidential().await;
    let authorization = basic(&app.id, app.secret.as_deref().unwrap());
    let mut replays = 0;
    for _ in 0..ROUNDS {
        let code = app.code(&Flow::openid()).await;
        let form = owned(&[("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", REDIRECT)]);
        let answers = at_once(&nodes, "/oauth/token", vec![form; AT_ONCE], Some(authorization.clone())).await;
        let won: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
        assert_eq!(won.len(), 1, "{answers:?}");
        for lost in answers.iter().filter(|answer| answer.status != 200) {
            assert_eq!(lost.json()["error"], "invalid_grant", "{lost:?}");
            replays += usize::from(lost.reason == Some("code.replayed"));
        }
        for node in &nodes {
            node.userinfo(&won[0].text("access_token")).await.assert_refused("invalid_token", "token.inactive");
        }
    }
    assert!(replays >= ROUNDS);
    assert_eq!(log.count("code.replayed", &app.id), replays, "each replay is told");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rf_02_rf_04_a_rotated_token_leaves_one_live_leaf_at_most() {
    let server = TestServer::start().await;
    let nodes = nodes(&server).await;
    let app = server.public().await;
    for _ in 0..ROUNDS {
        let first = app
            .exchange_with(&app.code(&Flow::openid().pkce()).await, &[("code_verifier", VERIFIER)])
            .await
            .text("refresh_token");
        let form = owned(&[("grant_type", "refresh_token"), ("refresh_token", &first), ("client_id", &app.id)]);
        let answers = at_once(&nodes, "/oauth/token", vec![form; AT_ONCE], None).await;
        let leaves: Vec<String> =
            answers.iter().filter(|answer| answer.status == 200).map(|answer| answer.text("refresh_token")).collect();
        assert!(!leaves.is_empty(), "{answers:?}");
        // Introspection is for confidential clients; what is live shows itself by working, and the first that works ends the question.
        server.wait(Duration::seconds(61));
        let mut live = 0;
        for leaf in &leaves {
            live += usize::from(app.refresh(leaf, &[]).await.status == 200);
        }
        assert!(live <= 1, "{live} of {} leaves are alive", leaves.len());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ca_14_one_assertion_is_good_once() {
    let server = TestServer::start().await;
    let nodes = nodes(&server).await;
    let key = ClientKey::new();
    let app = server
        .client(json!({
            "token_endpoint_auth_method": "private_key_jwt", "jwks": { "keys": [key.public()] },
            "grant_types": ["client_credentials"], "response_types": [],
        }))
        .await;
    for round in 0..ROUNDS {
        let now = server.now();
        let assertion =
            key.sign(&json!({ "iss": app.id, "sub": app.id, "aud": server.issuer(), "jti": format!("j{round}"), "iat": now, "exp": now + 60 }));
        let form = owned(&[
            ("grant_type", "client_credentials"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", &assertion),
        ]);
        let answers = at_once(&nodes, "/oauth/token", vec![form; AT_ONCE], None).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1, "{answers:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn se_13_parallel_guesses_cannot_outrun_the_count() {
    let server = TestServer::start().await;
    let nodes = nodes(&server).await;
    let app = server.confidential().await;
    let mut browser = Browser::new(&server);
    let page = browser.visit(&app.authorize_path(&Flow::openid())).await;
    let (action, fields) = form(&page, "login-submit", &[("username", "ada"), ("password", "wrong")]);
    let cookie = browser.cookie_header();
    let barrier = Arc::new(Barrier::new(40));
    let mut tasks = Vec::new();
    for number in 0..40 {
        let (node, barrier) = (nodes[number % nodes.len()].clone(), barrier.clone());
        let (action, fields, cookie) = (action.clone(), fields.clone(), cookie.clone());
        tasks.push(tokio::spawn(async move {
            barrier.wait().await;
            node.post_with(&action, &fields, &[("cookie", &cookie)]).await.reason
        }));
    }
    let mut checked = 0;
    for task in tasks {
        match task.await.unwrap() {
            Some("login.mismatch") => checked += 1,
            Some("login.throttled" | "login.busy") => {}
            other => panic!("{other:?}"),
        }
    }
    assert!(checked <= 10, "{checked} passwords were checked");
    assert!(checked > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rl_18_what_one_node_revoked_another_sees_at_the_next_request() {
    let server = TestServer::start().await;
    let nodes = nodes(&server).await;
    let app = server.confidential().await;
    for round in 0..50 {
        let tokens = app.tokens(&Flow::openid()).await;
        let (here, there) = (&nodes[round % nodes.len()], &nodes[(round + 1) % nodes.len()]);
        let authorization = basic(&app.id, app.secret.as_deref().unwrap());
        let headers = [("authorization", authorization.as_str())];
        assert_eq!(there.userinfo(&tokens.text("access_token")).await.status, 200);
        let token = tokens.text(if round % 2 == 0 { "refresh_token" } else { "access_token" });
        assert_eq!(here.post_with("/oauth/revoke", &[("token", &token)], &headers).await.status, 200);
        there.userinfo(&tokens.text("access_token")).await.assert_refused("invalid_token", "token.inactive");
    }
}

#[tokio::test]
async fn se_20_two_tabs_get_one_answer() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let mut browser = Browser::new(&server);
    let page = browser.visit(&app.authorize_path(&Flow::openid())).await;
    let consent = browser.sign_in(&page, "ada", PASSWORD).await;
    let (action, fields) = form(&consent, "consent-allow", &[]);
    browser.post(&action, &fields).await;
    let resume = action.replace("/consent", "/oauth/authorize/resume");
    let cookie = browser.cookie_header();
    let headers = [("cookie", cookie.as_str())];
    let ask = || server.get_with(&resume, &headers);
    let answers = tokio::join!(ask(), ask(), ask(), ask());
    let answers = [answers.0, answers.1, answers.2, answers.3];
    let codes = answers.iter().filter(|answer| answer.status == 303 && query(&answer.location(), "code").is_some()).count();
    assert_eq!(codes, 1, "{answers:?}");
}

/// A password change that is written but not committed, and what is asked meanwhile. It is decided after the commit.
async fn during_a_password_change(server: &TestServer, ask: impl Future<Output = Answer> + Send + 'static) -> Answer {
    let user = users::read(&server.app, &Actor::Operator, &server.tenant, "ada").await.unwrap();
    let (hash, now) = (Secret::new("$argon2id$v=19$m=64,t=1,p=1$bm9ib2R5IGlzIGNhbGxlZA$AAAA"), server.app.clock.now());
    let (is_written, is_asked) = (Notify::new(), Notify::new());
    let change = server.app.store.write("test", |tx| {
        let (user, hash, is_written, is_asked) = (&user, &hash, &is_written, &is_asked);
        async move {
            storage::users::set_password(&tx, &user.tenant, user.id, hash, now).await?;
            storage::sessions::end_of_user(&tx, &user.tenant, user.id, now).await?;
            storage::grants::revoke_of_user(&tx, &user.tenant, user.id, RevocationReason::PasswordChanged, now).await?;
            is_written.notify_one();
            is_asked.notified().await;
            Ok::<_, Failure<()>>(())
        }
    });
    let asked = async {
        is_written.notified().await;
        let asked = tokio::spawn(ask);
        tokio::time::sleep(std::time::Duration::from_millis(400)).await;
        assert!(!asked.is_finished(), "what was asked did not wait for the change");
        is_asked.notify_one();
        asked.await.unwrap()
    };
    let (changed, answer) = tokio::join!(change, asked);
    changed.unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn se_10_no_code_is_given_in_a_session_that_ends_while_it_is_written() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let mut browser = Browser::new(&server);
    browser.authorize_as(&app.authorize_path(&Flow::openid()), "ada").await;
    let path = app.authorize_path(&Flow::openid().with("prompt", "none"));
    assert!(query(&browser.get(&path).await.location(), "code").is_some());
    // One at the last step of an interaction, one that needs no interaction.
    let consent = browser.visit(&app.authorize_path(&Flow::openid().with("prompt", "consent"))).await;
    let (action, fields) = form(&consent, "consent-allow", &[]);
    browser.post(&action, &fields).await;
    let resume = action.replace("/consent", "/oauth/authorize/resume");
    let (asked, cookie) = (server.clone(), browser.cookie_header());
    let both = async move {
        let headers = [("cookie", cookie.as_str())];
        let (at_once, at_last) = tokio::join!(asked.get_with(&path, &headers), asked.get_with(&resume, &headers));
        assert!(at_last.location().path().ends_with("/login"), "{at_last:?}");
        at_once
    };
    let answer = during_a_password_change(&server, both).await;
    assert_eq!(query(&answer.location(), "error").as_deref(), Some("login_required"), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn se_10_the_old_password_opens_no_session_while_another_is_set() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let mut browser = Browser::new(&server);
    let page = browser.visit(&app.authorize_path(&Flow::openid())).await;
    let (action, fields) = form(&page, "login-submit", &[("username", "ada"), ("password", PASSWORD)]);
    let (asked, cookie) = (server.clone(), browser.cookie_header());
    let sign_in = async move { asked.post_with(&action, &fields, &[("cookie", &cookie)]).await };
    let answer = during_a_password_change(&server, sign_in).await;
    assert_eq!((answer.status, answer.reason), (400, Some("login.mismatch")), "{answer:?}");
}

/// Begins a unit of work that does this and then stays open for a moment, so that whoever writes meanwhile waits for it.
async fn held<W, F>(store: &Store, work: W)
where
    W: Fn(Tx) -> F + Send + Sync + 'static,
    F: Future<Output = Result<(), Fault>> + Send,
{
    let (store, began) = (store.clone(), Arc::new(Notify::new()));
    let (work, begun) = (Arc::new(work), began.clone());
    tokio::spawn(async move {
        let held: Result<(), Failure<Infallible>> = store
            .write("test.held", |tx| {
                let (work, begun) = (work.clone(), begun.clone());
                async move {
                    work(tx).await?;
                    begun.notify_one();
                    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
                    Ok(())
                }
            })
            .await;
        held.unwrap();
    });
    began.notified().await;
}

/// A client is deleted, by another process, in a unit of work that is still open.
async fn deleting(server: &TestServer, id: &str) {
    let (tenant, id) = (server.tenant, ClientId(id.to_owned()));
    let other = Store::open(&server.app.config.database).await.unwrap();
    held(&other, move |tx| {
        let id = id.clone();
        async move { storage::clients::delete(&tx, &tenant, &id).await.map(drop) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_client_that_is_deleted_meanwhile_is_unknown_and_no_fault_of_ours() {
    let server = TestServer::start().await;
    let metadata = || json!({ "redirect_uris": [REDIRECT] });
    let first_step = server.client(metadata()).await;
    deleting(&server, &first_step.id).await;
    first_step.ask(&Flow::openid()).await.assert_error_page("client_id.unknown");

    let at_once = server.client(metadata()).await;
    let mut browser = Browser::new(&server);
    browser.authorize_as(&at_once.authorize_path(&Flow::openid()), "ada").await;
    deleting(&server, &at_once.id).await;
    browser.get(&at_once.authorize_path(&Flow::openid())).await.assert_error_page("client_id.unknown");

    let after_consent = server.client(metadata()).await;
    let page = browser.visit(&after_consent.authorize_path(&Flow::openid())).await;
    let (action, fields) = form(&page, "consent-allow", &[]);
    let resume = browser.post(&action, &fields).await.location();
    deleting(&server, &after_consent.id).await;
    let answer = browser.get(&format!("{}?{}", resume.path(), resume.query().unwrap())).await;
    assert!(answer.status == 400 && answer.body.contains("id=\"error-title\""), "{answer:?}");

    let machine = json!({ "grant_types": ["client_credentials"], "response_types": [], "access_token_format": "opaque" });
    let machine = server.client(machine).await;
    let own = [("grant_type", "client_credentials")];
    machine.token(&own).await.assert_ok();
    deleting(&server, &machine.id).await;
    assert_eq!(machine.token(&own).await.json()["error"], "invalid_client");

    let with_code = server.client(metadata()).await;
    let code = with_code.code(&Flow::openid()).await;
    deleting(&server, &with_code.id).await;
    assert_eq!(with_code.exchange(&code).await.json()["error"], "invalid_grant");
    let refreshing = server.client(json!({ "redirect_uris": [REDIRECT], "rotate_refresh_tokens": true })).await;
    let token = refreshing.tokens(&Flow::openid()).await.text("refresh_token");
    deleting(&server, &refreshing.id).await;
    assert_eq!(refreshing.refresh(&token, &[]).await.json()["error"], "invalid_grant");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_event_is_told_once_however_often_its_unit_of_work_is_done() {
    let log = log::captured();
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let code = app.code(&Flow::openid()).await;
    app.exchange(&code).await.assert_ok();
    held(&server.app.store, |_| async { Ok(()) }).await;
    // On SQLite the replay shares a commit with a neighbour that breaks it.
    let breaks = async {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        let broken: Result<(), Failure<Infallible>> =
            server.app.store.write("test.broken", |_| async { Err(Fault::new("a neighbour broke").into()) }).await;
        broken.unwrap_err()
    };
    let (replay, _) = tokio::join!(app.exchange(&code), breaks);
    replay.assert_refused("invalid_grant", "code.replayed");
    assert_eq!(log.count("code.replayed", &app.id), 1);
}
