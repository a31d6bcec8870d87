//! The exchange of a code for tokens. RFC 6749 §4.1.3; the rules are `protocol::token::redemption`.

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
        token::redemption::{self, Burn, Redemption},
    },
    services::token::issue::{self, Plan},
    storage::{self, Tx, codes::Consumed},
};

use super::{Refused, tell};

pub async fn redeem(app: &App, call: &Call, client: &Client, params: &Params) -> Result<Plan, Failure<OAuthError>> {
    let code = params.require("code").map_err(Failure::Refused)?;
    let presented = Presented::parse("ac", code).ok_or_else(|| Failure::Refused(unknown("code.malformed")))?;
    let presented = &presented;
    app.store
        .write("token.authorization_code", |tx| async move { exchange(&tx, app, call, client, params, presented).await })
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
    let Some(code) = storage::codes::find(tx, presented).await? else {
        return Err(Refused::silently(unknown("code.unknown")));
    };
    let live = storage::grants::liveness(tx, code.grant_id, None).await?;
    let live = live.ok_or_else(|| Fault::new("a code has no grant").of_kind(FaultKind::Orphaned))?;
    let replayed = || Event::CodeReplayed { grant: live.grant.id, client: client.id.clone() };
    match redemption::decide(&code, &live.grant, client, params, call.now) {
        Redemption::Approve { .. } if !live.user.is_active() => {
            storage::codes::burn(tx, code.id, call.now).await?;
            Err(Refused::silently(unknown("user.disabled")))
        }
        // A look informed the decision; only the write settles who was first.
        Redemption::Approve { scope } => match storage::codes::consume(tx, presented, call.now).await? {
            Consumed::Now(_) => {
                let plan = issue::for_code(app, call, client, &live, &code, scope);
                issue::record(tx, &plan).await?;
                Ok(plan)
            }
            Consumed::Earlier(_) => {
                storage::grants::revoke(tx, live.grant.id, RevocationReason::CodeReplayed, call.now).await?;
                Err(Refused::telling(unknown("code.replayed"), replayed()))
            }
            Consumed::Unknown => Err(Refused::silently(unknown("code.unknown"))),
        },
        Redemption::Refuse { error, burn } => {
            match burn {
                Burn::Nothing => {}
                Burn::Code => storage::codes::burn(tx, code.id, call.now).await?,
                Burn::Family => {
                    storage::grants::revoke(tx, live.grant.id, RevocationReason::CodeReplayed, call.now).await?;
                }
            }
            Err(match error.reason {
                "code.replayed" => Refused::telling(error, replayed()),
                "code.other_client" => Refused::telling(error, Event::CodeShownByOtherClient { client: client.id.clone() }),
                _ => Refused::silently(error),
            })
        }
    }
}

fn unknown(reason: &'static str) -> OAuthError {
    OAuthError::invalid_grant(reason, "The `code` is unknown or no longer valid.")
}
