//! Cases of client metadata.

use super::*;

fn refused(document: Value) -> String {
    let Value::Object(mut document) = document else { panic!() };
    document.entry("client_name").or_insert(json!("App"));
    match read(document) {
        Ok(_) => "good".to_owned(),
        Err(error) => error.member,
    }
}

/// RFC 7515 appendix A.3, with a private member or without.
fn ec_key(private: Option<&str>) -> Value {
    let mut key = json!({
        "kty": "EC", "crv": "P-256", "kid": "one", "alg": "ES256", "use": "sig",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    });
    if let Some(private) = private {
        key[private] = json!("AQAB");
    }
    key
}

#[test]
fn defaults_are_those_of_an_operators_client() {
    let document = json!({ "client_name": "App", "redirect_uris": ["https://app.example/cb"] });
    let metadata = read(document.as_object().unwrap().clone()).unwrap();
    assert_eq!(metadata.token_endpoint_auth_method, None);
    assert_eq!(metadata.grant_types, [GrantType::AuthorizationCode, GrantType::RefreshToken]);
    assert!(!metadata.require_pkce && !metadata.rotate_refresh_tokens);
    let mut public = document.as_object().unwrap().clone();
    public.insert("token_endpoint_auth_method".to_owned(), json!("none"));
    let metadata = read(public).unwrap();
    assert!(metadata.require_pkce && metadata.rotate_refresh_tokens);
}

#[test]
fn jo_10_the_member_that_is_wrong_is_named() {
    let redirect = json!(["https://app.example/cb"]);
    let named = |kid: &str| {
        let mut key = ec_key(None);
        key["kid"] = json!(kid);
        key
    };
    let mut nameless = ec_key(None);
    nameless.as_object_mut().unwrap().remove("kid");
    for (document, member) in [
        (json!({ "redirect_uris": redirect }), "good"),
        (json!({}), "redirect_uris"),
        (json!({ "redirect_uris": ["http://app.example/cb"] }), "redirect_uris"),
        (json!({ "redirect_uris": ["https://app.example/cb?code=1"] }), "redirect_uris"),
        (json!({ "redirect_uris": redirect, "nonsense": 1 }), "nonsense"),
        (json!({ "redirect_uris": redirect, "client_id": "mine" }), "client_id"),
        (json!({ "redirect_uris": redirect, "grant_types": ["password"] }), "grant_types"),
        (json!({ "redirect_uris": redirect, "grant_types": ["client_credentials"] }), "response_types"),
        (json!({ "redirect_uris": redirect, "response_types": ["token"] }), "response_types"),
        (json!({ "redirect_uris": redirect, "token_endpoint_auth_method": "private_key_jwt" }), "jwks"),
        (json!({ "redirect_uris": redirect, "jwks": { "keys": [{ "kty": "oct", "k": "x" }] } }), "jwks"),
        (json!({ "redirect_uris": redirect, "jwks": { "keys": [{ "kty": "RSA", "n": "AQAB", "e": "AQAB" }] } }), "jwks"),
        (json!({ "redirect_uris": redirect, "jwks": { "keys": [ec_key(None)] } }), "good"),
        (json!({ "redirect_uris": redirect, "jwks": { "keys": [ec_key(Some("d"))] } }), "jwks"),
        (json!({ "redirect_uris": redirect, "jwks": { "keys": [ec_key(None), ec_key(None)] } }), "jwks"),
        (json!({ "redirect_uris": redirect, "jwks": { "keys": [ec_key(None), named("two"), named("three")] } }), "good"),
        (json!({ "redirect_uris": redirect, "jwks": { "keys": [named("two"), ec_key(None), named("two")] } }), "jwks"),
        (json!({ "redirect_uris": redirect, "jwks": { "keys": [nameless.clone()] } }), "good"),
        (json!({ "redirect_uris": redirect, "jwks": { "keys": [nameless.clone(), named("two")] } }), "jwks"),
        (json!({ "redirect_uris": redirect, "logo_uri": "javascript:alert(1)" }), "logo_uri"),
        (json!({ "redirect_uris": redirect, "logo_uri": "https://[::1]:8443/l.png" }), "good"),
        (json!({ "redirect_uris": redirect, "logo_uri": "https://a;form-action/l.png" }), "logo_uri"),
        (json!({ "redirect_uris": redirect, "client_uri": "https://*/" }), "client_uri"),
        (json!({ "redirect_uris": redirect, "id_token_signed_response_alg": "HS256" }), "id_token_signed_response_alg"),
        (json!({ "redirect_uris": redirect, "scope": "a\"b" }), "scope"),
        (json!({ "redirect_uris": redirect, "client_name": "a\u{8}b" }), "client_name"),
        (json!({ "redirect_uris": redirect, "client_name": " " }), "client_name"),
        (json!({ "redirect_uris": redirect, "client_name": "x".repeat(120) }), "good"),
        (json!({ "redirect_uris": redirect, "client_name": "x".repeat(121) }), "client_name"),
        (json!({ "redirect_uris": redirect, "resource_server": "https://api.example/v1" }), "good"),
        (json!({ "redirect_uris": redirect, "tos_uri": "https://a.example/a\u{9}b" }), "tos_uri"),
        (json!({ "redirect_uris": redirect, "tos_uri": "https://a.example/a\u{2003}b" }), "tos_uri"),
        (json!({ "redirect_uris": redirect, "resource_server": "/v1" }), "resource_server"),
        (json!({ "redirect_uris": redirect, "resource_server": "https://api.example#v1" }), "resource_server"),
        (json!({ "redirect_uris": redirect, "default_acr_values": ["phr"] }), "default_acr_values"),
        (json!({ "redirect_uris": redirect, "grant_types": ["refresh_token"], "response_types": [] }), "grant_types"),
        (json!({ "redirect_uris": redirect, "token_endpoint_auth_method": "none", "require_pkce": false }), "require_pkce"),
        (
            json!({ "redirect_uris": redirect, "token_endpoint_auth_method": "none", "rotate_refresh_tokens": false }),
            "rotate_refresh_tokens",
        ),
        (
            json!({ "grant_types": ["client_credentials"], "response_types": [], "token_endpoint_auth_method": "none" }),
            "grant_types",
        ),
    ] {
        assert_eq!(refused(document.clone()), member, "{document}");
    }
}

#[test]
fn jo_10_an_ed25519_key_must_be_a_point_that_cannot_be_signed_for_without_its_key() {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let registered = |x: &[u8]| {
        let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(x) });
        refused(json!({ "redirect_uris": ["https://app.example/cb"], "jwks": { "keys": [jwk] } }))
    };
    // RFC 8032 §7.1, test 1.
    let good = URL_SAFE_NO_PAD.decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
    assert_eq!(registered(&good), "good");
    let low = |first: u8| [&[first][..], &[0; 31]].concat();
    let high = |first: u8, last: u8| [&[first][..], &[0xff; 30], &[last]].concat();
    let order_8 = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
    for (name, point) in [
        ("the identity", low(1)),
        ("of order 2: p - 1", high(0xec, 0x7f)),
        ("of order 4", low(0)),
        ("of order 8", order_8("xxdqcD1N2E-6PAt2DRBnDyogU_osOczGTsf9d5KsA3o")),
        ("of order 8, the other sign", order_8("xxdqcD1N2E-6PAt2DRBnDyogU_osOczGTsf9d5KsA_o")),
        ("the identity, encoded as p + 1", high(0xee, 0x7f)),
        ("not on the curve", low(2)),
        ("2^255 - 1", high(0xff, 0x7f)),
        ("all ones", high(0xff, 0xff)),
        ("one byte short", good[1..].to_vec()),
        ("one byte long", [&good[..], &[0]].concat()),
    ] {
        assert_eq!(registered(&point), "jwks", "{name}");
    }
}

#[test]
fn the_algorithm_of_assertions_fits_their_method_and_the_keys() {
    const WRONG: &str = "token_endpoint_auth_signing_alg";
    let ed25519 = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" }] });
    for (method, algorithm, member) in [
        ("client_secret_jwt", "HS256", "good"),
        ("client_secret_jwt", "RS256", WRONG),
        ("client_secret_jwt", "EdDSA", WRONG),
        ("private_key_jwt", "EdDSA", "good"),
        ("private_key_jwt", "RS256", "jwks"),
        ("private_key_jwt", "HS256", WRONG),
        ("client_secret_basic", "HS256", WRONG),
    ] {
        let document = json!({
            "redirect_uris": ["https://app.example/cb"], "jwks": ed25519,
            "token_endpoint_auth_method": method, "token_endpoint_auth_signing_alg": algorithm,
        });
        assert_eq!(refused(document), member, "{method} {algorithm}");
    }
}

#[test]
fn what_is_registered_reads_back_as_itself() {
    let document = json!({
        "client_name": "App", "redirect_uris": ["https://app.example/cb"], "scope": "openid email", "default_max_age": 60,
        "logo_uri": "https://app.example/logo.png", "access_token_format": "opaque", "contacts": ["a@app.example"],
    });
    let metadata = read(document.as_object().unwrap().clone()).unwrap();
    let printed = to_json(&metadata);
    for (name, value) in document.as_object().unwrap() {
        assert_eq!(printed.get(name), Some(value), "{name}");
    }
    assert!(!printed.contains_key("jwks"));
    assert_eq!(read(printed).unwrap(), metadata);
}
