//! What an app asks for, in the reader's words and with their own values. OIDC Core §5.4 and §5.5.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    http::words::Words,
    model::{claims_request::ClaimsRequest, scope::Scope, user::User},
};

/// One line of a consent page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub text: String,
    pub value: Option<String>,
    /// Shown as they are: names that only a developer chose.
    pub codes: Vec<String>,
    /// Goes on when the person is away.
    pub is_lasting: bool,
}

/// Everything that these scopes, single claims and resource open.
pub fn lines(words: Words, user: &User, scope: &Scope, requested: &ClaimsRequest, resource: Option<&str>) -> Vec<Asked> {
    let line = |text: String, value: Option<String>| Asked { text, value, codes: Vec::new(), is_lasting: false };
    let mut lines = Vec::new();
    let mut permissions = Vec::new();
    for token in scope.iter() {
        match token {
            "openid" => lines.push(line(words.say("asked-openid"), Some(words.say("asked-openid.value")))),
            "profile" => {
                lines.push(line(words.say("asked-profile"), profile(user).or_else(|| Some(words.say("asked-profile.value")))))
            }
            "email" => lines.push(line(words.say("asked-email"), Some(user.email.clone()))),
            "phone" => lines.push(line(words.say("asked-phone"), known(words, user, "phone_number"))),
            "address" => lines.push(line(words.say("asked-address"), known(words, user, "address"))),
            "offline_access" => {}
            other => permissions.push(other.to_owned()),
        }
    }
    let names = single_claims(scope, requested);
    if !names.is_empty() {
        lines.push(Asked { codes: names, ..line(words.say("asked-claims"), None) });
    }
    if !permissions.is_empty() {
        let text = match resource {
            Some(resource) => words.say_with("asked-permissions-at", &[("resource", resource)]),
            None => words.say("asked-permissions"),
        };
        lines.push(Asked { codes: permissions, ..line(text, None) });
    }
    if scope.contains(Scope::OFFLINE_ACCESS) {
        lines.push(Asked { is_lasting: true, ..line(words.say("asked-offline"), Some(words.say("asked-offline.value"))) });
    }
    lines
}

/// Claims about the person that no scope opens anyway.
fn single_claims(scope: &Scope, requested: &ClaimsRequest) -> Vec<String> {
    let closed =
        Scope::STANDARD_CLAIMS.iter().filter(|(token, _)| !scope.contains(token)).flat_map(|(_, names)| names.iter().copied());
    let closed: BTreeSet<&str> = closed.collect();
    let named: BTreeSet<&str> = requested.userinfo.keys().chain(requested.id_token.keys()).map(String::as_str).collect();
    named.intersection(&closed).map(|name| (*name).to_owned()).collect()
}

/// What of the profile is there to be seen.
fn profile(user: &User) -> Option<String> {
    let details = ["nickname", "birthdate", "gender", "website", "profile", "locale", "zoneinfo"];
    let claim = |name: &str| user.claims.get(name).and_then(text);
    let values: Vec<String> =
        claim("name").into_iter().chain(user.username.clone()).chain(details.into_iter().filter_map(claim)).collect();
    (!values.is_empty()).then(|| values.join(" · "))
}

fn known(words: Words, user: &User, claim: &str) -> Option<String> {
    user.claims.get(claim).and_then(text).or_else(|| Some(words.say("asked-unset")))
}

/// A claim's value in one line; an address by its lines.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
        Value::Object(members) => {
            let parts = ["street_address", "postal_code", "locality", "region", "country"];
            let formatted = members.get("formatted").and_then(Value::as_str).map(str::to_owned);
            formatted.or_else(|| {
                let parts: Vec<&str> = parts.iter().filter_map(|name| members.get(*name)).filter_map(Value::as_str).collect();
                (!parts.is_empty()).then(|| parts.join(", "))
            })
        }
        _ => None,
    }
}
