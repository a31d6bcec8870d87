//! Refreshing: what a presented refresh token yields, and what must be written. RFC 6749 §6, RFC 9700 §4.14.

use time::{Duration, OffsetDateTime};

use crate::{
    model::{
        client::Client,
        grant::Grant,
        id::RefreshTokenId,
        scope::Scope,
        token::{RefreshToken, RefreshUse},
    },
    protocol::{error::OAuthError, oxide, params::Params, resource},
};

use super::redemption::Burn;

/// An answer may be lost on its way; so long may the same token be shown again, as long as its successor was not used.
pub const GRACE: Duration = Duration::seconds(60);

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refresh {
    /// The client keeps its token; only its idle end moves.
    Keep {
        scope: Scope,
    },
    /// The token is spent for a successor.
    Rotate {
        scope: Scope,
    },
    /// Shown again within the grace: a new successor, if the old one is still unused; that one dies.
    RotateAgain {
        scope: Scope,
        lost: RefreshTokenId,
    },
    Refuse {
        error: OAuthError,
        burn: Burn,
    },
}

pub fn decide(token: &RefreshToken, grant: &Grant, client: &Client, params: &Params, now: OffsetDateTime) -> Refresh {
    let unknown = |reason| OAuthError::invalid_grant(reason, "The `refresh_token` is unknown or no longer valid.");
    let refuse = |error, burn| Refresh::Refuse { error, burn };
    if token.client_id != client.id {
        return refuse(unknown("refresh_token.other_client"), Burn::Nothing);
    }
    if grant.revoked.is_some() {
        return refuse(unknown("grant.revoked"), Burn::Nothing);
    }
    let reused = match token.use_state {
        RefreshUse::Unused => None,
        RefreshUse::Rotated { at, successor } if now - at <= GRACE => Some(successor),
        RefreshUse::Rotated { .. } | RefreshUse::Superseded { .. } => {
            return refuse(unknown("refresh_token.replayed"), Burn::Family);
        }
    };
    if token.has_expired(now) {
        return refuse(unknown("refresh_token.expired"), Burn::Nothing);
    }
    let judged = resource::fits(params, grant.resource.as_deref())
        .and_then(|()| oxide::refresh::decide(params, &client.id, &token.client_id, &grant.scope));
    match (judged, reused) {
        (Err(error), _) => refuse(error, Burn::Nothing),
        (Ok(scope), Some(lost)) => Refresh::RotateAgain { scope, lost },
        (Ok(scope), None) if client.metadata.rotate_refresh_tokens => Refresh::Rotate { scope },
        (Ok(scope), None) => Refresh::Keep { scope },
    }
}

#[cfg(test)]
mod tests;
