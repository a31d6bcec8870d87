//! Reading the `claims` parameter. OIDC Core §5.5. What it asks for is in `model::claims_request`.

use crate::{
    model::{
        claims_request::{ClaimRequest, ClaimsRequest},
        id::UserId,
    },
    protocol::{
        error::{ErrorCode, OAuthError},
        json,
    },
};

/// Longer than any sensible request; bounds what we parse and store.
const LONGEST: usize = 4096;

/// An absent parameter asks for nothing. Members outside of `userinfo` and `id_token` are ignored; repeated ones are refused.
pub fn parse(parameter: Option<&str>) -> Result<ClaimsRequest, OAuthError> {
    let Some(text) = parameter else { return Ok(ClaimsRequest::default()) };
    if text.len() > LONGEST {
        return Err(OAuthError::invalid_request("claims.too_long", "The parameter `claims` is too long."));
    }
    json::object(text.as_bytes()).ok_or_else(|| {
        OAuthError::invalid_request("claims.malformed", "The parameter `claims` is not the JSON object that it must be.")
    })
}

/// The user that the request insists on, if it does. A `sub` that names nobody here cannot be signed in.
pub fn subject(claims: &ClaimsRequest) -> Result<Option<UserId>, OAuthError> {
    let asked = [&claims.id_token, &claims.userinfo].into_iter().filter_map(|part| part.get("sub")?.as_ref());
    let Some(value) = asked.flat_map(ClaimRequest::acceptable).next() else { return Ok(None) };
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

/// Values of `acr` of which the ID token must have one; empty: none is essential. OIDC Core §5.5.1.1.
pub fn essential_acr(claims: &ClaimsRequest) -> Vec<String> {
    let request = claims.id_token.get("acr").and_then(Option::as_ref).filter(|request| request.essential);
    let values = request.into_iter().flat_map(ClaimRequest::acceptable);
    values.filter_map(|value| value.as_str().map(str::to_owned)).collect()
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
        assert!(essential_acr(&request).is_empty());
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
            r#"{"id_token":{"a":{"values":[{"b":1,"b":1}]}}}"#,
            r#"{"id_token":{},"id_token":{}}"#,
            r#"{"id_token":{"a":null,"a":null}}"#,
            &format!(r#"{{"id_token":{{"a":{{"value":{}{}}}}}}}"#, "[".repeat(40), "]".repeat(40)),
            &"[".repeat(4000),
            &"x".repeat(5000),
        ] {
            assert!(parse(Some(text)).is_err(), "{text:.40}");
        }
        for text in [r#"{"verified_claims":[1]}"#, r#"{"id_token":null,"userinfo":null}"#] {
            assert!(parse(Some(text)).unwrap().is_empty(), "{text}");
        }
    }

    #[test]
    fn a_requested_subject_must_be_one_of_ours() {
        let of = |text: &str| subject(&parse(Some(text)).unwrap()).map_err(|error| error.code);
        assert!(matches!(of(r#"{"id_token":{"sub":{"value":"usr_01h455vb4pex5vsknk084sn02q"}}}"#), Ok(Some(_))));
        assert_eq!(of(r#"{"id_token":{"sub":{"value":"someone"}}}"#), Err(ErrorCode::LoginRequired));
        assert_eq!(of(r#"{"id_token":{"sub":{"value":7}}}"#), Err(ErrorCode::InvalidRequest));
        assert_eq!(of(r#"{"id_token":{"sub":null}}"#), Ok(None));
        let masked = r#"{"id_token":{"sub":{"essential":true}},"userinfo":{"sub":{"value":"someone"}}}"#;
        assert_eq!(of(masked), Err(ErrorCode::LoginRequired));
    }
}
