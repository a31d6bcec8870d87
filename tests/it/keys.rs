//! Signing keys over time: rotation, revocation, and that there is always one to sign with.

use keyward::{
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
