//! Refreshing. RFC 6749 §6; the rules are `protocol::token::rotation`.

use crate::{
    app::{App, call::Call},
    model::{
        client::Client,
        event::Event,
        fault::{Failure, Fault, FaultKind},
        grant::RevocationReason,
        secret::Presented,
    },
    protocol::{
        error::OAuthError,
        params::Params,
        token::{
            redemption::Burn,
            rotation::{self, Refresh},
        },
    },
    services::token::issue::{self, Plan, Renewal},
    storage::{self, Tx},
};

use super::{Refused, tell};

pub async fn redeem(app: &App, call: &Call, client: &Client, params: &Params) -> Result<Plan, Failure<OAuthError>> {
    let token = params.require("refresh_token").map_err(Failure::Refused)?;
    let presented = Presented::parse("rt", token).ok_or_else(|| Failure::Refused(unknown("refresh_token.malformed")))?;
    let presented = &presented;
    app.store
        .write("token.refresh_token", |tx| async move { exchange(&tx, app, call, client, params, presented).await })
        .await
        .map_err(|failure| tell(call, failure))
}

async fn exchange(
    tx: &Tx,
    app: &App,
    call: &Call,
    client: &Client,
    params: &Params,
    presented: &Presented,
) -> Result<Plan, Failure<Refused>> {
    let Some(token) = storage::refresh_tokens::find(tx, presented).await? else {
        return Err(Refused::silently(unknown("refresh_token.unknown")));
    };
    let live = storage::grants::liveness(tx, token.grant_id, None).await?;
    let live = live.ok_or_else(|| Fault::new("a refresh token has no grant").of_kind(FaultKind::Orphaned))?;
    let replayed = || Event::RefreshTokenReplayed { grant: live.grant.id, client: client.id.clone() };
    let decision = rotation::decide(&token, &live.grant, client, params, call.now);
    if !live.user.is_active() {
        return Err(Refused::silently(unknown("user.disabled")));
    }
    let (scope, renewal) = match &decision {
        Refresh::Keep { scope } => (scope, Renewal::Keep),
        Refresh::Rotate { scope } | Refresh::RotateAgain { scope, .. } => {
            (scope, Renewal::Successor { absolute_expires_at: token.absolute_expires_at })
        }
        Refresh::Refuse { error, burn } => {
            if *burn == Burn::Family {
                storage::grants::revoke(tx, live.grant.id, RevocationReason::RefreshTokenReplayed, call.now).await?;
                return Err(Refused::telling(error.clone(), replayed()));
            }
            return Err(match error.reason {
                "refresh_token.other_client" => {
                    Refused::telling(error.clone(), Event::RefreshTokenShownByOtherClient { client: client.id.clone() })
                }
                _ => Refused::silently(error.clone()),
            });
        }
    };
    let plan = issue::for_refresh(app, call, client, &live, scope.clone(), renewal);
    let is_ours = match (&decision, plan.refresh_token_id()) {
        (Refresh::Rotate { .. }, Some(successor)) => storage::refresh_tokens::rotate(tx, token.id, successor, call.now).await?,
        (Refresh::RotateAgain { lost, .. }, Some(successor)) => {
            storage::refresh_tokens::re_rotate(tx, token.id, *lost, successor, call.now).await?
        }
        (Refresh::Keep { .. }, None) => {
            let idle_end = call.now + app.config.tokens.refresh_idle;
            // Moved at most once a day, so that a client that keeps its token costs no write each time.
            if idle_end - token.idle_expires_at > time::Duration::DAY.min(app.config.tokens.refresh_idle / 8) {
                storage::refresh_tokens::touch(tx, token.id, idle_end).await?;
            }
            true
        }
        (Refresh::Keep { .. }, Some(_))
        | (Refresh::Rotate { .. } | Refresh::RotateAgain { .. }, None)
        | (Refresh::Refuse { .. }, _) => return Err(Fault::new("a refresh plans something else than was decided").into()),
    };
    if !is_ours {
        storage::grants::revoke(tx, live.grant.id, RevocationReason::RefreshTokenReplayed, call.now).await?;
        return Err(Refused::telling(unknown("refresh_token.replayed"), replayed()));
    }
    issue::record(tx, &plan).await?;
    Ok(plan)
}

fn unknown(reason: &'static str) -> OAuthError {
    OAuthError::invalid_grant(reason, "The `refresh_token` is unknown or no longer valid.")
}
