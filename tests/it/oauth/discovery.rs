//! The metadata documents and the key set.

use axum::http::header;
use serde_json::json;

use crate::support::TestServer;

#[tokio::test]
async fn the_metadata_is_the_same_at_both_places() {
    let server = TestServer::start().await;
    let openid = server.get("/.well-known/openid-configuration").await.assert_ok();
    let oauth = server.get("/.well-known/oauth-authorization-server").await.assert_ok();
    assert_eq!(openid.body, oauth.body);
    assert_eq!(openid.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), "*");
    insta::assert_json_snapshot!("metadata", openid.json());
}

#[tokio::test]
async fn jo_19_the_key_set_has_public_members_only_and_distinct_ids() {
    let server = TestServer::start().await;
    let answer = server.get("/.well-known/jwks.json").await.assert_ok();
    let keys = answer.json()["keys"].as_array().unwrap().clone();
    let mut kids: Vec<_> = keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect();
    kids.sort();
    kids.dedup();
    assert_eq!(kids.len(), keys.len());
    for algorithm in ["RS256", "PS256", "ES256", "EdDSA"] {
        assert!(keys.iter().any(|key| key["alg"] == algorithm), "{algorithm}: {keys:?}");
    }
    for key in &keys {
        for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            assert!(key.get(private).is_none());
        }
        assert_eq!(key["use"], json!("sig"));
    }
    let again = server.get_with("/.well-known/jwks.json", &[("if-none-match", answer.header(header::ETAG))]).await;
    assert_eq!(again.status, 304);
}

#[tokio::test]
async fn wb_17_the_metadata_names_our_issuer_and_stands_at_its_own_places_only() {
    let server = TestServer::start().await;
    let metadata = server.get("/.well-known/openid-configuration").await.assert_ok().json();
    assert_eq!(metadata["issuer"], server.issuer());
    for (name, value) in metadata.as_object().unwrap() {
        if name.contains("alg_values") {
            let names = value.as_array().unwrap();
            assert!(!names.is_empty() && names.iter().all(|algorithm| algorithm != "none"), "{name}: {value}");
        }
        if name.ends_with("_endpoint") || name == "jwks_uri" {
            assert!(value.as_str().unwrap().starts_with(&format!("{}/", server.issuer())), "{name}: {value}");
        }
    }
    // RFC 8414 §3.1 puts an issuer's path behind the well-known one; our issuer has none, and a tenant is no issuer.
    for path in [
        "/.well-known/openid-configuration/acme",
        "/.well-known/oauth-authorization-server/acme",
        "/acme/.well-known/openid-configuration",
        "/.well-known/openid-configuration/",
        "/.well-known/oauth-authorization-server/..%2f",
        "/.well-known/openid-federation",
    ] {
        assert_eq!(server.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn rl_08_the_key_set_is_told_from_memory_while_the_database_is_away() {
    let server = TestServer::start().await;
    let before = server.get("/.well-known/jwks.json").await.assert_ok();
    server.app.store.close().await.unwrap();
    server.wait(time::Duration::hours(1));
    assert!(server.post("/oauth/token", &[("client_id", "a"), ("grant_type", "client_credentials")]).await.status >= 500);
    assert_eq!(server.get("/.well-known/jwks.json").await.assert_ok().body, before.body);
}
