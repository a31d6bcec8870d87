//! Cases of the code exchange.

use time::{Duration, macros::datetime};
use uuid::Uuid;

use super::*;
use crate::{
    model::{
        grant::{RevocationReason, Revoked},
        id::{ClientId, CodeId, GrantId, SessionId, UserId},
        secret::Digest,
        session::{Acr, Authentication},
    },
    protocol::authorize::validate::tests::client,
};

const NOW: OffsetDateTime = datetime!(2026-11-24 12:00 UTC);
const GOOD: &str = "grant_type=authorization_code&code=ac_x&redirect_uri=https%3A%2F%2Fapp.example%2Fcb";

pub fn grant() -> Grant {
    Grant {
        id: GrantId(Uuid::nil()),
        tenant: client().tenant,
        client_id: client().id,
        user_id: UserId(Uuid::nil()),
        session_id: SessionId(Uuid::nil()),
        scope: Scope::of(&["openid", "email"]),
        resource: None,
        claims: Default::default(),
        authentication: Authentication { at: NOW, acr: Acr::OneFactor, amr: vec![] },
        created_at: NOW,
        expires_at: NOW + Duration::DAY,
        revoked: None,
    }
}

fn code() -> AuthorizationCode {
    AuthorizationCode {
        id: CodeId(Uuid::nil()),
        digest: Digest::of("ac_x"),
        tenant: client().tenant,
        grant_id: grant().id,
        client_id: client().id,
        redirect_uri: "https://app.example/cb".to_owned(),
        redirect_uri_was_sent: true,
        code_challenge: None,
        nonce: None,
        expires_at: NOW + Duration::MINUTE,
        consumed_at: None,
    }
}

fn check(change: impl FnOnce(&mut AuthorizationCode, &mut Grant), form: &str, expected: Result<&str, (&str, Burn)>) {
    let (mut code, mut grant) = (code(), grant());
    change(&mut code, &mut grant);
    let decided = match decide(&code, &grant, &client(), &Params::parse(form.as_bytes()).unwrap(), NOW) {
        Redemption::Approve { scope } => Ok(scope.to_string()),
        Redemption::Refuse { error, burn } => Err((error.reason, burn)),
    };
    assert_eq!(decided.as_deref().map_err(|refused| *refused), expected, "{form}");
}

#[test]
fn a_code_is_exchanged_by_its_client() {
    check(|_, _| {}, GOOD, Ok("openid email"));
    check(|_, _| {}, &format!("{GOOD}&scope=email"), Ok("email"));
}

#[test]
fn a_wrong_proof_by_the_right_client_burns_the_code() {
    let redirect = |to: &str| GOOD.replace("app.example%2Fcb", to);
    for other in ["app.example%2Fcb%2F", "APP.example%2Fcb", "app.example%3A443%2Fcb", "app.example%2F.%2Fcb"] {
        check(|_, _| {}, &redirect(other), Err(("redirect_uri.mismatch", Burn::Code)));
    }
    check(|_, _| {}, "grant_type=authorization_code&code=ac_x", Err(("redirect_uri.missing", Burn::Code)));
    check(|_, _| {}, &format!("{GOOD}&code_verifier=x"), Err(("pkce.verifier_unexpected", Burn::Code)));
    check(|code, _| code.code_challenge = Some("c".to_owned()), GOOD, Err(("pkce.verifier_missing", Burn::Code)));
    check(|code, _| code.expires_at = NOW, GOOD, Err(("code.expired", Burn::Code)));
    let revoked = Some(Revoked { at: NOW, reason: RevocationReason::Logout });
    check(|_, grant| grant.revoked = revoked, GOOD, Err(("grant.revoked", Burn::Code)));
}

#[test]
fn a_second_exchange_ends_the_grant_and_another_client_leaves_it_alone() {
    check(|code, _| code.consumed_at = Some(NOW), GOOD, Err(("code.replayed", Burn::Family)));
    let other = || ClientId("other".to_owned());
    check(|code, _| code.client_id = other(), GOOD, Err(("code.other_client", Burn::Nothing)));
    let both = |code: &mut AuthorizationCode, _: &mut Grant| {
        code.client_id = other();
        code.consumed_at = Some(NOW);
    };
    check(both, GOOD, Err(("code.other_client", Burn::Nothing)));
}

#[test]
fn asking_for_more_than_was_granted_costs_nothing() {
    check(|_, _| {}, &format!("{GOOD}&scope=openid+phone"), Err(("scope.not_granted", Burn::Nothing)));
    check(|_, _| {}, &format!("{GOOD}&resource=https%3A%2F%2Fapi"), Err(("resource.not_granted", Burn::Nothing)));
}

#[test]
fn a_redirect_uri_that_was_never_sent_need_not_be_repeated() {
    check(|code, _| code.redirect_uri_was_sent = false, "grant_type=authorization_code&code=ac_x", Ok("openid email"));
}
