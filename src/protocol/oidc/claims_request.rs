//! Reading the `claims` parameter. OIDC Core §5.5. What it asks for is in `model::claims_request`.

use std::collections::BTreeMap;

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, IgnoredAny, MapAccess, Visitor},
};

use crate::{
    model::{
        claims_request::{ClaimRequest, ClaimsRequest},
        id::UserId,
    },
    protocol::error::{ErrorCode, OAuthError},
};

/// Longer than any sensible request; bounds what we parse and store.
const LONGEST: usize = 4096;

/// An absent parameter asks for nothing. Members outside of `userinfo` and `id_token` are ignored; repeated ones are refused.
pub fn parse(parameter: Option<&str>) -> Result<ClaimsRequest, OAuthError> {
    let Some(text) = parameter else { return Ok(ClaimsRequest::default()) };
    let malformed =
        || OAuthError::invalid_request("claims.malformed", "The parameter `claims` is not the JSON object that it must be.");
    if text.len() > LONGEST {
        return Err(OAuthError::invalid_request("claims.too_long", "The parameter `claims` is too long."));
    }
    let request: Strict = serde_json::from_str(text).map_err(|_| malformed())?;
    Ok(request.0)
}

/// The user that the request insists on, if it does. A `sub` that names nobody here cannot be signed in.
pub fn subject(claims: &ClaimsRequest) -> Result<Option<UserId>, OAuthError> {
    let asked = [&claims.id_token, &claims.userinfo].into_iter().find_map(|part| part.get("sub")?.as_ref());
    let Some(value) = asked.and_then(|request| request.acceptable().next()) else { return Ok(None) };
    match value.as_str().map(str::parse) {
        Some(Ok(user)) => Ok(Some(user)),
        Some(Err(_)) => Err(OAuthError::new(
            ErrorCode::LoginRequired,
            "claims.sub_unknown",
            "The requested `sub` is not a user of this server.",
        )),
        None => Err(OAuthError::invalid_request("claims.malformed", "The `sub` in the parameter `claims` must be text.")),
    }
}

/// Values of `acr` asked for in the ID token: those that are essential, and those that would be welcome. OIDC Core §5.5.1.1.
pub fn acr(claims: &ClaimsRequest) -> (Vec<String>, Vec<String>) {
    let Some(Some(request)) = claims.id_token.get("acr") else { return Default::default() };
    let values: Vec<String> = request.acceptable().filter_map(|value| value.as_str().map(str::to_owned)).collect();
    if request.essential { (values.clone(), values) } else { (Vec::new(), values) }
}

struct Strict(ClaimsRequest);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Strict;
            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Strict, A::Error> {
                let mut seen = std::collections::BTreeSet::new();
                let mut request = ClaimsRequest::default();
                while let Some(name) = map.next_key::<String>()? {
                    match name.as_str() {
                        "userinfo" => request.userinfo = map.next_value::<Option<Part>>()?.unwrap_or_default().0,
                        "id_token" => request.id_token = map.next_value::<Option<Part>>()?.unwrap_or_default().0,
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                    if !seen.insert(name) {
                        return Err(A::Error::custom("a member is repeated"));
                    }
                }
                Ok(Strict(request))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

#[derive(Default)]
struct Part(BTreeMap<String, Option<ClaimRequest>>);

impl<'de> Deserialize<'de> for Part {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Part;
            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("an object of claims")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Part, A::Error> {
                let mut part = BTreeMap::new();
                while let Some(name) = map.next_key::<String>()? {
                    if part.insert(name, map.next_value()?).is_some() {
                        return Err(A::Error::custom("a claim is repeated"));
                    }
                }
                Ok(Part(part))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_specification_is_read() {
        let request = parse(Some(
            r#"{"userinfo":{"given_name":{"essential":true},"nickname":null,"email":{"essential":true},"http://example.info/claims/groups":null},
                "id_token":{"auth_time":{"essential":true},"acr":{"values":["urn:mace:incommon:iap:silver"]}}}"#,
        ))
        .unwrap();
        assert_eq!(request.userinfo.len(), 4);
        assert!(request.userinfo["given_name"].as_ref().unwrap().essential);
        assert_eq!(acr(&request), (vec![], vec!["urn:mace:incommon:iap:silver".to_owned()]));
    }

    #[test]
    fn what_is_not_such_an_object_is_refused() {
        for text in [
            "",
            "[]",
            "1",
            "{",
            r#"{"id_token":1}"#,
            r#"{"id_token":{"a":1}}"#,
            r#"{"id_token":{},"id_token":{}}"#,
            r#"{"id_token":{"a":null,"a":null}}"#,
            &"[".repeat(4000),
            &"x".repeat(5000),
        ] {
            assert!(parse(Some(text)).is_err(), "{text:.40}");
        }
        assert!(parse(Some(r#"{"verified_claims":[1]}"#)).unwrap().is_empty());
    }

    #[test]
    fn a_requested_subject_must_be_one_of_ours() {
        let of = |text: &str| subject(&parse(Some(text)).unwrap()).map_err(|error| error.code);
        assert!(matches!(of(r#"{"id_token":{"sub":{"value":"usr_01h455vb4pex5vsknk084sn02q"}}}"#), Ok(Some(_))));
        assert_eq!(of(r#"{"id_token":{"sub":{"value":"someone"}}}"#), Err(ErrorCode::LoginRequired));
        assert_eq!(of(r#"{"id_token":{"sub":{"value":7}}}"#), Err(ErrorCode::InvalidRequest));
        assert_eq!(of(r#"{"id_token":{"sub":null}}"#), Ok(None));
    }
}
