//! What commands print: one JSON object or array and nothing else with `--json`, else lines for a person.

use std::io::Write;

use serde::Serialize;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::model::{client::Client, instant, secret::Secret, signing_key::SigningKey};
use crate::services::clients::manage;

/// A pipe that was closed is nobody's fault.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

pub fn complain(text: &str) {
    let _ = writeln!(std::io::stderr(), "keyward: {text}");
}

/// What the management API shows of something.
pub fn shown(view: impl Serialize) -> Value {
    serde_json::to_value(view).unwrap_or_default()
}

/// One object.
pub fn print(is_json: bool, value: &Value) {
    say(&if is_json { value.to_string() } else { lines(value) });
}

/// An array; for a person a table of these members.
pub fn print_all(is_json: bool, items: &[Value], columns: &[&str]) {
    if is_json {
        return say(&Value::from(items).to_string());
    }
    if items.is_empty() {
        return say("none");
    }
    let head = columns.iter().map(|column| (*column).to_owned()).collect();
    let rows = items.iter().map(|item| columns.iter().map(|column| item.get(column).map(plain).unwrap_or_default()).collect());
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(rows).collect();
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    for row in &rows {
        let cells: Vec<_> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        say(cells.join("  ").trim_end());
    }
}

/// Nothing that a terminal would obey.
fn plain(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    };
    text.replace(char::is_control, " ")
}

fn lines(value: &Value) -> String {
    let members = value.as_object().into_iter().flatten().map(|(name, value)| (name, plain(value)));
    let members: Vec<_> = members.filter(|(_, value)| !value.is_empty()).collect();
    let width = members.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    members.iter().map(|(name, value)| format!("{name:width$}  {value}")).collect::<Vec<_>>().join("\n")
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

pub fn signing_key(key: &SigningKey, now: OffsetDateTime) -> Value {
    let instant = instant::text;
    json!({
        "kid": key.kid, "algorithm": key.algorithm, "state": key.state(now), "publishedAt": instant(key.published_at),
        "activeFrom": instant(key.active_from), "retiringFrom": key.retiring_from.map(instant),
        "retiredFrom": key.retired_from.map(instant), "revokedAt": key.revoked_at.map(instant),
    })
}
