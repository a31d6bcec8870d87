//! What may be registered about a client: a document in, checked metadata with defaults out, and back. RFC 7591 §2, OIDC Registration §2.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    model::{
        client::{AccessTokenFormat, ClientMetadata},
        jwk::JwkSet,
        names::{Algorithm, ApplicationType, AuthMethod, GrantType, ResponseType},
        redirect_uri,
        scope::Scope,
        session::Acr,
    },
    protocol::jose::jws::VerifyingKey,
};

/// Which member is wrong, and how.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{member}` {detail}")]
pub struct MetadataError {
    pub member: String,
    pub detail: String,
}

fn wrong(member: &str, detail: impl Into<String>) -> MetadataError {
    MetadataError { member: member.to_owned(), detail: detail.into() }
}

/// Every member that can be registered. `resource_server`, `first_party`, `require_pkce`, `rotate_refresh_tokens` and the form of access
/// tokens are ours; the rest are the specifications'.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Document {
    client_name: Option<String>,
    redirect_uris: Vec<String>,
    post_logout_redirect_uris: Vec<String>,
    grant_types: Option<Vec<GrantType>>,
    response_types: Option<Vec<ResponseType>>,
    token_endpoint_auth_method: Option<AuthMethod>,
    token_endpoint_auth_signing_alg: Option<Algorithm>,
    application_type: Option<ApplicationType>,
    scope: Option<String>,
    jwks: Option<JwkSet>,
    id_token_signed_response_alg: Option<Algorithm>,
    access_token_format: Option<AccessTokenFormat>,
    access_token_signed_response_alg: Option<Algorithm>,
    default_max_age: Option<u32>,
    default_acr_values: Vec<String>,
    require_auth_time: bool,
    require_pkce: Option<bool>,
    rotate_refresh_tokens: Option<bool>,
    first_party: bool,
    resource_server: Option<String>,
    client_uri: Option<String>,
    logo_uri: Option<String>,
    policy_uri: Option<String>,
    tos_uri: Option<String>,
    contacts: Vec<String>,
}

/// Reads and checks a document. Defaults are those of clients that an operator makes.
pub fn read(document: Map<String, Value>) -> Result<ClientMetadata, MetadataError> {
    // A private key in a set that is meant to be public: refused before its members are dropped.
    refuse_private_keys(document.get("jwks"))?;
    // Member by member, so that the one that is wrong can be named.
    for (name, value) in &document {
        let single = Map::from_iter([(name.clone(), value.clone())]);
        if let Err(error) = serde_json::from_value::<Document>(Value::Object(single)) {
            let is_unknown = error.to_string().starts_with("unknown field");
            return Err(wrong(
                name,
                if is_unknown { "is not a member that can be registered".to_owned() } else { error.to_string() },
            ));
        }
    }
    let document: Document =
        serde_json::from_value(Value::Object(document)).map_err(|error| wrong("metadata", error.to_string()))?;
    let auth_method = document.token_endpoint_auth_method;
    let is_public = auth_method == Some(AuthMethod::None);
    for (member, value) in [("require_pkce", document.require_pkce), ("rotate_refresh_tokens", document.rotate_refresh_tokens)] {
        if is_public && value == Some(false) {
            return Err(wrong(member, "must be true for a client without authentication"));
        }
    }
    let metadata = ClientMetadata {
        client_name: document.client_name.unwrap_or_default(),
        redirect_uris: document.redirect_uris,
        post_logout_redirect_uris: document.post_logout_redirect_uris,
        grant_types: document.grant_types.unwrap_or_else(|| vec![GrantType::AuthorizationCode, GrantType::RefreshToken]),
        response_types: document.response_types.unwrap_or_else(|| vec![ResponseType::Code]),
        token_endpoint_auth_method: auth_method,
        token_endpoint_auth_signing_alg: document.token_endpoint_auth_signing_alg,
        application_type: document.application_type.unwrap_or(ApplicationType::Web),
        scope: document.scope.map(|scope| Scope::parse(&scope)).transpose().map_err(|error| wrong("scope", error.to_string()))?,
        jwks: document.jwks,
        id_token_signed_response_alg: document.id_token_signed_response_alg.unwrap_or(Algorithm::RS256),
        access_token_format: document.access_token_format.unwrap_or(AccessTokenFormat::Jwt),
        access_token_signed_response_alg: document.access_token_signed_response_alg.unwrap_or(Algorithm::RS256),
        default_max_age: document.default_max_age,
        default_acr_values: document.default_acr_values,
        require_auth_time: document.require_auth_time,
        require_pkce: document.require_pkce.unwrap_or(is_public),
        rotate_refresh_tokens: document.rotate_refresh_tokens.unwrap_or(is_public),
        first_party: document.first_party,
        resource_server: document.resource_server,
        client_uri: document.client_uri,
        logo_uri: document.logo_uri,
        policy_uri: document.policy_uri,
        tos_uri: document.tos_uri,
        contacts: document.contacts,
    };
    check(&metadata)?;
    Ok(metadata)
}

fn check(metadata: &ClientMetadata) -> Result<(), MetadataError> {
    let name = &metadata.client_name;
    if name.trim().is_empty() || name.chars().count() > 120 || name.chars().any(char::is_control) {
        return Err(wrong("client_name", "must be 1 to 120 characters, none of them a control character"));
    }
    for uri in &metadata.redirect_uris {
        redirect_uri::check_registration(uri, metadata.application_type).map_err(|reason| wrong("redirect_uris", reason))?;
    }
    for uri in &metadata.post_logout_redirect_uris {
        redirect_uri::check_registration(uri, metadata.application_type)
            .map_err(|reason| wrong("post_logout_redirect_uris", reason))?;
    }
    check_grants(metadata)?;
    check_authentication(metadata)?;
    for (member, algorithm) in [
        ("id_token_signed_response_alg", metadata.id_token_signed_response_alg),
        ("access_token_signed_response_alg", metadata.access_token_signed_response_alg),
    ] {
        if !Algorithm::ASYMMETRIC.contains(&algorithm) {
            return Err(wrong(member, "must be one of RS256, PS256, ES256, EdDSA"));
        }
    }
    if let Some(acr) = metadata.default_acr_values.iter().find(|acr| acr.parse::<Acr>().is_err()) {
        return Err(wrong("default_acr_values", format!("has the unknown value {acr:?}")));
    }
    for (member, uri) in [
        ("client_uri", &metadata.client_uri),
        ("logo_uri", &metadata.logo_uri),
        ("policy_uri", &metadata.policy_uri),
        ("tos_uri", &metadata.tos_uri),
    ] {
        if uri.as_ref().is_some_and(|uri| !is_web_address(uri)) {
            return Err(wrong(member, "must be an https or http URL whose host is a name or an address"));
        }
    }
    match &metadata.resource_server {
        Some(identifier) if url::Url::parse(identifier).is_err() || identifier.contains('#') => {
            Err(wrong("resource_server", "must be an absolute URI without fragment"))
        }
        _ => Ok(()),
    }
}

/// What a page may link to and show; `url` alone would take hosts with signs in them that no name has.
fn is_web_address(uri: &str) -> bool {
    url::Url::parse(uri).is_ok_and(|url| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'[' | b']');
        matches!(url.scheme(), "https" | "http") && url.host_str().is_some_and(|host| host.bytes().all(is_plain))
    })
}

/// RFC 7591 §2.1: grant types and response types agree.
fn check_grants(metadata: &ClientMetadata) -> Result<(), MetadataError> {
    let has_code = metadata.may_use(GrantType::AuthorizationCode);
    if has_code != metadata.response_types.contains(&ResponseType::Code) {
        return Err(wrong("response_types", "must have `code` exactly when `grant_types` has `authorization_code`"));
    }
    if has_code && metadata.redirect_uris.is_empty() {
        return Err(wrong("redirect_uris", "must not be empty for the grant type `authorization_code`"));
    }
    if metadata.may_use(GrantType::RefreshToken) && !has_code {
        return Err(wrong("grant_types", "cannot have `refresh_token` without `authorization_code`"));
    }
    if metadata.may_use(GrantType::ClientCredentials) && metadata.is_public() {
        return Err(wrong("grant_types", "cannot have `client_credentials` for a client without authentication"));
    }
    Ok(())
}

fn check_authentication(metadata: &ClientMetadata) -> Result<(), MetadataError> {
    for jwk in metadata.jwks.iter().flat_map(|set| &set.keys) {
        let fitting: Vec<_> = Algorithm::ASYMMETRIC.iter().filter(|algorithm| jwk.fits(**algorithm)).collect();
        if fitting.is_empty() {
            return Err(wrong("jwks", "has a key that fits none of RS256, PS256, ES256, EdDSA"));
        }
        for algorithm in fitting {
            VerifyingKey::from_jwk(jwk, *algorithm).map_err(|reason| wrong("jwks", format!("has a key that {reason}")))?;
        }
    }
    let keys = || metadata.jwks.iter().flat_map(|set| &set.keys);
    let algorithm = metadata.token_endpoint_auth_signing_alg;
    let has_a_key = || {
        keys().any(|jwk| Algorithm::ASYMMETRIC.iter().any(|known| algorithm.is_none_or(|own| own == *known) && jwk.fits(*known)))
    };
    let fits = match metadata.token_endpoint_auth_method {
        Some(AuthMethod::PrivateKeyJwt) => {
            if algorithm != Some(Algorithm::HS256) && !has_a_key() {
                return Err(wrong("jwks", "must have a key for `private_key_jwt` that fits `token_endpoint_auth_signing_alg`"));
            }
            algorithm != Some(Algorithm::HS256)
        }
        Some(AuthMethod::ClientSecretJwt) => algorithm.is_none_or(|algorithm| algorithm == Algorithm::HS256),
        // Nothing is signed there.
        None | Some(AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost | AuthMethod::None) => algorithm.is_none(),
    };
    if fits { Ok(()) } else { Err(wrong("token_endpoint_auth_signing_alg", "does not fit the `token_endpoint_auth_method`")) }
}

fn refuse_private_keys(jwks: Option<&Value>) -> Result<(), MetadataError> {
    let keys = jwks.and_then(|jwks| jwks.get("keys")).and_then(Value::as_array).into_iter().flatten();
    for key in keys {
        if key.get("kty").and_then(Value::as_str) == Some("oct") {
            return Err(wrong("jwks", "has a symmetric key"));
        }
        if ["d", "p", "q", "dp", "dq", "qi", "oth", "k"].iter().any(|private| key.get(private).is_some()) {
            return Err(wrong("jwks", "has private members"));
        }
    }
    Ok(())
}

/// The members of a client information response that say what is registered. RFC 7591 §3.2.1.
pub fn to_json(metadata: &ClientMetadata) -> Map<String, Value> {
    let all = serde_json::to_value(metadata).unwrap_or(json!({}));
    let members = match all {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    members.into_iter().filter(|(_, value)| !value.is_null()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(document: Value) -> String {
        let Value::Object(mut document) = document else { panic!() };
        document.entry("client_name").or_insert(json!("App"));
        match read(document) {
            Ok(_) => "good".to_owned(),
            Err(error) => error.member,
        }
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
            (json!({ "redirect_uris": redirect, "logo_uri": "javascript:alert(1)" }), "logo_uri"),
            (json!({ "redirect_uris": redirect, "logo_uri": "https://[::1]:8443/l.png" }), "good"),
            (json!({ "redirect_uris": redirect, "logo_uri": "https://a;form-action/l.png" }), "logo_uri"),
            (json!({ "redirect_uris": redirect, "client_uri": "https://*/" }), "client_uri"),
            (json!({ "redirect_uris": redirect, "id_token_signed_response_alg": "HS256" }), "id_token_signed_response_alg"),
            (json!({ "redirect_uris": redirect, "scope": "a\"b" }), "scope"),
            (json!({ "redirect_uris": redirect, "client_name": "a\u{8}b" }), "client_name"),
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
}
