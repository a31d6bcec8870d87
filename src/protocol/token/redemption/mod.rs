//! The exchange of a code: what to answer and what must be written. RFC 6749 §4.1.3 and §10.5, RFC 7636 §4.6, RFC 9700 §2.1.1.

use time::OffsetDateTime;

use crate::{
    model::{client::Client, code::AuthorizationCode, grant::Grant, scope::Scope},
    protocol::{error::OAuthError, oxide, params::Params, pkce, resource},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redemption {
    /// Issue tokens of this scope; the code must be consumed in the same transaction.
    Approve {
        scope: Scope,
    },
    Refuse {
        error: OAuthError,
        burn: Burn,
    },
}

/// What a refusal costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Burn {
    Nothing,
    /// The code cannot be used again.
    Code,
    /// The grant and all that hangs from it.
    Family,
}

pub fn decide(code: &AuthorizationCode, grant: &Grant, client: &Client, params: &Params, now: OffsetDateTime) -> Redemption {
    match judge(code, grant, client, params, now) {
        Ok(scope) => Redemption::Approve { scope },
        Err((error, burn)) => Redemption::Refuse { error, burn },
    }
}

fn judge(
    code: &AuthorizationCode,
    grant: &Grant,
    client: &Client,
    params: &Params,
    now: OffsetDateTime,
) -> Result<Scope, (OAuthError, Burn)> {
    let unknown = |reason| OAuthError::invalid_grant(reason, "The `code` is unknown or no longer valid.");
    if code.client_id != client.id {
        return Err((unknown("code.other_client"), Burn::Nothing));
    }
    if code.consumed_at.is_some() {
        return Err((unknown("code.replayed"), Burn::Family));
    }
    if code.has_expired(now) {
        return Err((unknown("code.expired"), Burn::Code));
    }
    if grant.revoked.is_some() {
        return Err((unknown("grant.revoked"), Burn::Code));
    }
    redirect_uri_fits(code, params.get("redirect_uri")).map_err(|error| (error, Burn::Code))?;
    pkce::verify(code.code_challenge.as_deref(), params.get("code_verifier")).map_err(|error| (error, Burn::Code))?;
    let scope = narrowed_scope(params, &grant.scope).map_err(|error| (error, Burn::Nothing))?;
    resource::fits(params, grant.resource.as_deref()).map_err(|error| (error, Burn::Nothing))?;
    oxide::access_token::decide(params, &client.id, code, &grant.scope).map_err(|error| (error, Burn::Nothing))?;
    Ok(scope)
}

/// RFC 6749 §4.1.3: equal byte for byte to the one of the authorization request, and present if it was there.
fn redirect_uri_fits(code: &AuthorizationCode, sent: Option<&str>) -> Result<(), OAuthError> {
    match sent {
        Some(sent) if sent == code.redirect_uri => Ok(()),
        None if !code.redirect_uri_was_sent => Ok(()),
        Some(_) => Err(OAuthError::invalid_grant(
            "redirect_uri.mismatch",
            "The `redirect_uri` is not the one of the authorization request.",
        )),
        None => Err(OAuthError::invalid_grant(
            "redirect_uri.missing",
            "The `redirect_uri` of the authorization request must be repeated.",
        )),
    }
}

/// The scope a token request asks for, within what was granted; all of that when it asks for none.
pub fn narrowed_scope(params: &Params, granted: &Scope) -> Result<Scope, OAuthError> {
    let Some(asked) = params.get("scope") else { return Ok(granted.clone()) };
    let asked = Scope::parse(asked)?;
    if asked.is_subset_of(granted) {
        Ok(asked)
    } else {
        Err(OAuthError::invalid_scope("scope.not_granted", "The `scope` exceeds what was granted."))
    }
}

#[cfg(test)]
pub(crate) mod tests;
