//! What may be registered about a client: a document in, checked metadata with defaults out, and back. RFC 7591 §2, OIDC Registration §2.

use serde_json::{Map, Value, json};

use crate::model::{
    client::{AccessTokenFormat, ClientMetadata},
    names::{Algorithm, ApplicationType, AuthMethod, GrantType, ResponseType},
};

mod check;

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

/// Reads and checks a document. Members are those of [`ClientMetadata`]; `null` is no value. Defaults are those of clients that an
/// operator makes.
pub fn read(mut document: Map<String, Value>) -> Result<ClientMetadata, MetadataError> {
    document.retain(|_, value| !value.is_null());
    // A private key in a set that is meant to be public: refused before its members are dropped.
    refuse_private_keys(document.get("jwks"))?;
    let is_public = document.get("token_endpoint_auth_method").is_some_and(|method| method == AuthMethod::None.as_str());
    for member in ["require_pkce", "rotate_refresh_tokens"] {
        if is_public && document.get(member) == Some(&Value::Bool(false)) {
            return Err(wrong(member, "must be true for a client without authentication"));
        }
    }
    let mut metadata = defaults(is_public);
    // Member by member, so that the one that is wrong can be named.
    for (name, value) in document {
        metadata.insert(name.clone(), value);
        serde_json::from_value::<ClientMetadata>(Value::Object(metadata.clone())).map_err(|error| {
            let is_unknown = error.to_string().starts_with("unknown field");
            wrong(&name, if is_unknown { "is not a member that can be registered".to_owned() } else { error.to_string() })
        })?;
    }
    let metadata = serde_json::from_value(Value::Object(metadata)).map_err(|error| wrong("metadata", error.to_string()))?;
    check::all(&metadata)?;
    Ok(metadata)
}

fn defaults(is_public: bool) -> Map<String, Value> {
    let defaults = json!({
        "client_name": "",
        "grant_types": [GrantType::AuthorizationCode, GrantType::RefreshToken],
        "response_types": [ResponseType::Code],
        "application_type": ApplicationType::Web,
        "id_token_signed_response_alg": Algorithm::RS256,
        "access_token_format": AccessTokenFormat::Jwt,
        "access_token_signed_response_alg": Algorithm::RS256,
        "require_auth_time": false,
        "require_pkce": is_public,
        "rotate_refresh_tokens": is_public,
        "first_party": false,
    });
    into_members(defaults)
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
    let all = serde_json::to_value(metadata).unwrap_or_default();
    into_members(all).into_iter().filter(|(_, value)| !value.is_null()).collect()
}

fn into_members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests;
