//! `/oauth/revoke`.

use crate::support::{Flow, TestServer};

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
