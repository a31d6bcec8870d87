//! Cases of refreshing.

use time::macros::datetime;
use uuid::Uuid;

use super::*;
use crate::{
    model::{
        id::{ClientId, GrantId},
        secret::Digest,
    },
    protocol::{authorize::validate::tests::client, token::redemption::tests::grant},
};

const NOW: OffsetDateTime = datetime!(2026-11-24 12:00 UTC);
const GOOD: &str = "grant_type=refresh_token&refresh_token=rt_x";
const SUCCESSOR: RefreshTokenId = RefreshTokenId(Uuid::max());

fn token(use_state: RefreshUse) -> RefreshToken {
    RefreshToken {
        id: RefreshTokenId(Uuid::nil()),
        digest: Digest::of("rt_x"),
        tenant: client().tenant,
        grant_id: GrantId(Uuid::nil()),
        client_id: client().id,
        issued_at: NOW,
        idle_expires_at: NOW + Duration::DAY,
        absolute_expires_at: NOW + Duration::WEEK,
        use_state,
    }
}

fn decided(token: &RefreshToken, rotates: bool, form: &str) -> Result<String, (&'static str, Burn)> {
    let mut client = client();
    client.metadata.rotate_refresh_tokens = rotates;
    match decide(token, &grant(), &client, &Params::parse(form.as_bytes()).unwrap(), NOW) {
        Refresh::Keep { scope } => Ok(format!("keep {scope}")),
        Refresh::Rotate { scope } => Ok(format!("rotate {scope}")),
        Refresh::RotateAgain { scope, lost } => Ok(format!("again {scope} {}", lost == SUCCESSOR)),
        Refresh::Refuse { error, burn } => Err((error.reason, burn)),
    }
}

#[test]
fn a_token_is_kept_or_rotated_by_client_setting() {
    let fresh = token(RefreshUse::Unused);
    assert_eq!(decided(&fresh, false, GOOD), Ok("keep openid email".to_owned()));
    assert_eq!(decided(&fresh, true, &format!("{GOOD}&scope=email")), Ok("rotate email".to_owned()));
}

#[test]
fn a_lost_answer_may_be_asked_for_again_within_the_grace() {
    let rotated = |seconds| token(RefreshUse::Rotated { at: NOW - Duration::seconds(seconds), successor: SUCCESSOR });
    assert_eq!(decided(&rotated(60), true, GOOD), Ok("again openid email true".to_owned()));
    assert_eq!(decided(&rotated(61), true, GOOD), Err(("refresh_token.replayed", Burn::Family)));
    let superseded = token(RefreshUse::Superseded { at: NOW });
    assert_eq!(decided(&superseded, true, GOOD), Err(("refresh_token.replayed", Burn::Family)));
}

#[test]
fn what_is_over_or_not_theirs_is_refused() {
    let other = RefreshToken { client_id: ClientId("other".to_owned()), ..token(RefreshUse::Unused) };
    assert_eq!(decided(&other, true, GOOD), Err(("refresh_token.other_client", Burn::Nothing)));
    let idle = RefreshToken { idle_expires_at: NOW, ..token(RefreshUse::Unused) };
    assert_eq!(decided(&idle, true, GOOD), Err(("refresh_token.expired", Burn::Nothing)));
    let old = RefreshToken { absolute_expires_at: NOW, ..token(RefreshUse::Unused) };
    assert_eq!(decided(&old, true, GOOD), Err(("refresh_token.expired", Burn::Nothing)));
    let fresh = token(RefreshUse::Unused);
    let wider = format!("{GOOD}&scope=openid+phone");
    assert_eq!(decided(&fresh, true, &wider), Err(("scope.not_granted", Burn::Nothing)));
    let elsewhere = format!("{GOOD}&resource=https%3A%2F%2Fapi");
    assert_eq!(decided(&fresh, true, &elsewhere), Err(("resource.not_granted", Burn::Nothing)));
}
