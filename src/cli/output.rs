//! What commands print: one JSON object or array and nothing else with `--json`, else lines for a person.

use std::io::Write;

use serde_json::{Map, Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::model::{
    client::{Client, RegisteredClient},
    organization::Organization,
    secret::Secret,
    signing_key::SigningKey,
    user::User,
};
use crate::services::clients::manage;

/// A pipe that was closed is nobody's fault.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

pub fn complain(text: &str) {
    let _ = writeln!(std::io::stderr(), "keyward: {text}");
}

/// One object, or an array of them.
pub fn print(is_json: bool, value: &Value) {
    if is_json {
        return say(&value.to_string());
    }
    match value {
        Value::Array(items) if items.is_empty() => say("none"),
        Value::Array(items) => items.iter().for_each(|item| say(&row(item))),
        value => say(&lines(value)),
    }
}

fn members(value: &Value) -> impl Iterator<Item = (&String, String)> {
    value.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name, plain(value)))
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn row(value: &Value) -> String {
    members(value).take(5).map(|(_, value)| value).collect::<Vec<_>>().join("  ")
}

fn lines(value: &Value) -> String {
    let width = members(value).map(|(name, _)| name.len()).max().unwrap_or(0);
    members(value).map(|(name, value)| format!("{name:width$}  {value}")).collect::<Vec<_>>().join("\n")
}

/// RFC 3339 in whole seconds, UTC.
pub fn instant(at: OffsetDateTime) -> String {
    at.replace_nanosecond(0).unwrap_or(at).format(&Rfc3339).unwrap_or_default()
}

pub fn organization(organization: &Organization) -> Value {
    json!({
        "id": organization.id, "slug": organization.slug, "name": organization.name, "accent": organization.accent,
        "createdAt": instant(organization.created_at),
    })
}

pub fn user(user: &User) -> Value {
    json!({
        "id": user.id, "email": user.email, "username": user.username, "name": user.claims.get("name"), "role": user.role,
        "status": user.status, "emailVerified": user.is_email_verified, "environment": user.tenant.environment, "claims": user.claims,
        "createdAt": instant(user.created_at), "updatedAt": instant(user.updated_at),
    })
}

/// A client information response. RFC 7591 §3.2.1.
pub fn client(client: &Client, secret: Option<&Secret>) -> Value {
    let mut members = Map::from_iter([
        ("client_id".to_owned(), json!(client.id)),
        ("client_id_issued_at".to_owned(), json!(client.created_at.unix_timestamp())),
    ]);
    if let Some(secret) = secret {
        members.insert("client_secret".to_owned(), json!(secret.reveal()));
        members.insert("client_secret_expires_at".to_owned(), json!(0));
    }
    members.extend(manage::describe(client));
    members.insert("environment".to_owned(), json!(client.tenant.environment));
    Value::Object(members)
}

pub fn clients(clients: &[RegisteredClient]) -> Value {
    clients.iter().map(|registered| client(&registered.client, None)).collect()
}

pub fn signing_key(key: &SigningKey, now: OffsetDateTime) -> Value {
    json!({
        "kid": key.kid, "algorithm": key.algorithm, "state": key.state(now), "publishedAt": instant(key.published_at),
        "activeFrom": instant(key.active_from), "retiringFrom": key.retiring_from.map(instant),
        "retiredFrom": key.retired_from.map(instant), "revokedAt": key.revoked_at.map(instant),
    })
}
