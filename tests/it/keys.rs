//! Signing keys over time: rotation, revocation, and that there is always one to sign with.

use keyward::{
    app::key_ring::JWKS_MAX_AGE,
    model::{names::Algorithm, signing_key::KeyState},
    services::{queue, signing_keys},
};
use time::Duration;

use crate::support::{Flow, TestServer, log};

async fn states(server: &TestServer) -> Vec<(i32, KeyState)> {
    let keys = signing_keys::list(&server.app).await.unwrap();
    let of_rsa = keys.iter().filter(|key| key.algorithm == Algorithm::RS256);
    of_rsa.map(|key| (key.generation, key.state(server.app.clock.now()))).collect()
}

#[tokio::test]
async fn a_rotated_key_is_published_first_then_signs_and_the_old_one_retires() {
    use KeyState::*;
    let server = TestServer::start_with_own_keys().await;
    let app = server.confidential().await;
    let before = app.tokens(&Flow::openid()).await;
    signing_keys::rotate(&server.app, &[Algorithm::RS256], server.app.clock.now()).await.unwrap();
    assert_eq!(states(&server).await, [(1, Active), (2, Published)]);
    assert_eq!(server.get("/.well-known/jwks.json").await.json()["keys"].as_array().unwrap().len(), 5);
    let meanwhile = app.refresh(&before.text("refresh_token"), &[]).await.assert_ok();
    assert_eq!(kid(&before.text("id_token")), kid(&meanwhile.text("id_token")));

    server.wait(signing_keys::LEAD);
    assert_eq!(states(&server).await, [(1, Retiring), (2, Active)]);
    let after = app.refresh(&before.text("refresh_token"), &[]).await.assert_ok();
    assert_ne!(kid(&before.text("id_token")), kid(&after.text("id_token")));
    assert_eq!(server.userinfo(&meanwhile.text("access_token")).await.status, 200);
    server.wait(Duration::hours(2));
    assert_eq!(states(&server).await, [(1, Retired), (2, Active)]);
    assert_eq!(server.get("/.well-known/jwks.json").await.json()["keys"].as_array().unwrap().len(), 4);
}

fn kid(token: &str) -> String {
    jsonwebtoken::decode_header(token).unwrap().kid.unwrap()
}

#[tokio::test]
async fn jo_17_a_revoked_key_is_out_at_once_and_another_signs() {
    let server = TestServer::start_with_own_keys().await;
    let app = server.confidential().await;
    let tokens = app.tokens(&Flow::openid()).await;
    assert_eq!(server.userinfo(&tokens.text("access_token")).await.status, 200);
    assert!(signing_keys::revoke(&server.app, &kid(&tokens.text("access_token")), server.app.clock.now()).await.unwrap());
    server.userinfo(&tokens.text("access_token")).await.assert_refused("invalid_token", "token.inactive");
    let after = app.refresh(&tokens.text("refresh_token"), &[]).await.assert_ok();
    assert_eq!(server.userinfo(&after.text("access_token")).await.status, 200);
    assert!(!signing_keys::revoke(&server.app, "nonsense", server.app.clock.now()).await.unwrap());
}

#[tokio::test]
async fn revoking_the_next_key_leaves_no_time_without_one() {
    let server = TestServer::start_with_own_keys().await;
    let app = server.confidential().await;
    let made = signing_keys::rotate(&server.app, &[Algorithm::RS256], server.app.clock.now()).await.unwrap();
    signing_keys::revoke(&server.app, &made[0].kid, server.app.clock.now()).await.unwrap();
    for _ in 0..12 {
        server.wait(Duration::minutes(10));
        for kind in keyward::model::job::JobKind::ALL {
            queue::run_if_due(&server.app, "node", *kind).await.unwrap();
        }
        let tokens = app.tokens(&Flow::openid()).await;
        assert_eq!(server.userinfo(&tokens.text("access_token")).await.status, 200);
    }
}

#[tokio::test]
async fn keys_grow_old_and_are_renewed_by_the_job() {
    let server = TestServer::start_with_own_keys().await;
    server.wait(Duration::days(366));
    assert!(queue::run_if_due(&server.app, "node", keyward::model::job::JobKind::RotateSigningKeys).await.unwrap());
    assert_eq!(states(&server).await, [(1, KeyState::Active), (2, KeyState::Published)]);
    assert!(!queue::run_if_due(&server.app, "other", keyward::model::job::JobKind::RotateSigningKeys).await.unwrap());
}

#[tokio::test]
async fn keys_that_are_made_and_revoked_are_told() {
    let log = log::captured();
    let server = TestServer::start_with_own_keys().await;
    let now = server.app.clock.now();
    let first = signing_keys::list(&server.app).await.unwrap();
    let made = signing_keys::rotate(&server.app, &[Algorithm::RS256], now).await.unwrap();
    for key in first.iter().chain(&made) {
        assert_eq!(log.count("signing_key.made", &key.kid), 1, "{}", key.kid);
        assert!(signing_keys::revoke(&server.app, &key.kid, now).await.unwrap());
        assert!(!signing_keys::revoke(&server.app, &key.kid, now).await.unwrap());
        assert_eq!(log.count("signing_key.revoked", &key.kid), 1, "{}", key.kid);
    }
    for key in signing_keys::list(&server.app).await.unwrap() {
        assert_eq!(log.count("signing_key.made", &key.kid), 1, "{}", key.kid);
    }
}

/// Rotating, signing and verifying on all nodes at once: every token is good everywhere at every moment, and no node signs with a key
/// before every verifier's copy of the set has it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rl_19_a_key_is_published_everywhere_before_any_node_signs_with_it() {
    let server = TestServer::start_with_own_keys().await;
    let nodes = [server.clone(), server.second_node().await];
    let app = server.confidential().await;
    let first = app.tokens(&Flow::openid()).await;
    let refresh = first.text("refresh_token");
    // Both at once: one key.
    let now = server.app.clock.now();
    let rotate = |node: &TestServer| {
        let app = node.app.clone();
        tokio::spawn(async move { signing_keys::rotate(&app, &[Algorithm::RS256], now).await.unwrap().len() })
    };
    let (here, there) = (rotate(&nodes[0]), rotate(&nodes[1]));
    assert_eq!(here.await.unwrap() + there.await.unwrap(), 1);

    // What a verifier that honours max-age holds, asked for as late as it may.
    let key_set = async |node: &TestServer| node.get("/.well-known/jwks.json").await.json();
    let holds = |set: &serde_json::Value, kid: &str| set["keys"].as_array().unwrap().iter().any(|key| key["kid"] == kid);
    let step = Duration::minutes(5);
    let (mut copies, mut signed_with) = (Vec::new(), Vec::new());
    for _ in 0..24 {
        for node in &nodes {
            copies.push((node.app.clock.now(), key_set(node).await));
            let at_node = app.on(node);
            let tokens = at_node.refresh(&refresh, &[]).await.assert_ok();
            let kid = kid(&tokens.text("access_token"));
            let fresh_enough = copies.iter().filter(|(at, _)| node.app.clock.now() - *at < JWKS_MAX_AGE);
            assert!(fresh_enough.map(|(_, set)| set).all(|set| holds(set, &kid)), "{kid}");
            for other in &nodes {
                assert_eq!(other.userinfo(&tokens.text("access_token")).await.status, 200);
            }
            signed_with.push(kid);
        }
        server.wait(step);
    }
    signed_with.dedup();
    assert_eq!(signed_with.len(), 2, "one change, the same on all nodes: {signed_with:?}");
}
