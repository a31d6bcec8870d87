//! `/oauth/revoke`.

use keyward::{
    model::{id::AccessTokenId, secret::Presented},
    storage::revoked_tokens,
};
use serde_json::json;

use crate::support::{Flow, TestServer, log, relying_party::REDIRECT};

#[tokio::test]
async fn ir_07_revoking_a_refresh_token_ends_all_that_hangs_from_its_grant() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let tokens = app.tokens(&Flow::openid()).await;
    assert_eq!(app.revoke(&tokens.text("refresh_token")).await.status, 200);
    assert_eq!(app.introspect(&tokens.text("access_token")).await.body, "{\"active\":false}");
    server.userinfo(&tokens.text("access_token")).await.assert_refused("invalid_token", "token.inactive");
    app.refresh(&tokens.text("refresh_token"), &[]).await.assert_refused("invalid_grant", "grant.revoked");
}

#[tokio::test]
async fn revoking_an_access_token_ends_it_alone() {
    let server = TestServer::start().await;
    let app = server.confidential().await;
    let tokens = app.tokens(&Flow::openid()).await;
    assert_eq!(app.revoke(&tokens.text("access_token")).await.status, 200);
    server.userinfo(&tokens.text("access_token")).await.assert_refused("invalid_token", "token.inactive");
    let refreshed = app.refresh(&tokens.text("refresh_token"), &[]).await.assert_ok();
    assert_eq!(server.userinfo(&refreshed.text("access_token")).await.status, 200);
}

#[tokio::test]
async fn a_public_client_revokes_its_own_and_nobody_elses() {
    let server = TestServer::start().await;
    let (app, other) = (server.public().await, server.confidential().await);
    let tokens = app.tokens(&Flow::openid().pkce()).await;
    for token in [tokens.text("access_token"), tokens.text("refresh_token"), "nonsense".to_owned()] {
        assert_eq!(other.revoke(&token).await.status, 200);
    }
    assert_eq!(server.userinfo(&tokens.text("access_token")).await.status, 200);
    assert_eq!(app.revoke(&tokens.text("refresh_token")).await.status, 200);
    assert_eq!(server.userinfo(&tokens.text("access_token")).await.status, 401);
}

#[tokio::test]
async fn only_what_was_revoked_is_told() {
    let log = log::captured();
    let server = TestServer::start().await;
    let (app, other) = (server.confidential().await, server.confidential().await);
    let tokens = app.tokens(&Flow::openid()).await;
    for token in [tokens.text("access_token"), tokens.text("refresh_token"), "nonsense".to_owned()] {
        assert_eq!(other.revoke(&token).await.status, 200);
    }
    assert_eq!(log.count("token.revoked", &other.id), 0);
    for kind in ["access_token", "refresh_token"] {
        // The second time there is nothing left to revoke.
        for _ in 0..2 {
            assert_eq!(app.revoke(&tokens.text(kind)).await.status, 200);
        }
    }
    assert_eq!(log.count("token.revoked", &app.id), 2);
}

#[tokio::test]
async fn a_revoked_opaque_token_is_gone_and_needs_no_mark() {
    let server = TestServer::start().await;
    for (format, is_marked) in [("opaque", false), ("jwt", true)] {
        let app = server.client(json!({ "redirect_uris": [REDIRECT], "access_token_format": format })).await;
        let token = app.tokens(&Flow::openid()).await.text("access_token");
        let id = match Presented::parse(AccessTokenId::PREFIX, &token) {
            Some(presented) => AccessTokenId(presented.key),
            None => server.claims(&token)["jti"].as_str().unwrap().parse().unwrap(),
        };
        assert_eq!(server.userinfo(&token).await.status, 200);
        assert_eq!(app.revoke(&token).await.status, 200);
        server.userinfo(&token).await.assert_refused("invalid_token", "token.inactive");
        let db = server.app.store.db();
        assert_eq!(revoked_tokens::is_revoked(&db, id).await.unwrap(), is_marked, "{format}");
    }
}
