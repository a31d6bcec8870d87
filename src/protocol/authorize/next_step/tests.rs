//! The table of next steps.

use super::*;
use crate::model::{
    id::{SessionId, UserId},
    secret::Digest,
    session::Authentication,
};
use crate::protocol::{authorize::validate, params::Params};

const NOW: OffsetDateTime = time::macros::datetime!(2026-11-24 12:00 UTC);

fn request(more: &str) -> AuthorizationRequest {
    let query = format!("client_id=app&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&response_type=code&scope=openid{more}");
    let client = validate::tests::client();
    validate::validate(&Params::parse(query.as_bytes()).unwrap(), &client, validate::Known::default()).unwrap()
}

fn session(age_seconds: i64) -> Session {
    Session {
        id: SessionId(uuid::Uuid::from_u128(7)),
        digest: Digest::of("x"),
        tenant: validate::tests::client().tenant,
        user_id: UserId(uuid::Uuid::from_u128(1)),
        authentication: Authentication { at: NOW - Duration::seconds(age_seconds), acr: Acr::OneFactor, amr: vec![] },
        expires_at: NOW + Duration::HOUR,
        ended_at: None,
    }
}

fn consent() -> Consent {
    Consent {
        tenant: validate::tests::client().tenant,
        user_id: session(0).user_id,
        client_id: validate::tests::client().id,
        scope: Scope::of(&["openid", "email"]),
        claims: vec![],
        resource: None,
        given_at: NOW,
    }
}
use crate::model::scope::Scope;

/// `session`: its age in seconds; `consent`: was it given for openid and email?
fn step(more: &str, session_age: Option<i64>, has_consent: bool, progress: Progress) -> NextStep {
    let (request, session, consent) = (request(more), session_age.map(session), consent());
    decide(Situation {
        request: &request,
        progress: &progress,
        session: session.as_ref(),
        consent: has_consent.then_some(&consent),
        needs_no_consent: false,
        now: NOW,
    })
}

fn check(more: &str, session_age: Option<i64>, has_consent: bool, expected: NextStep) {
    assert_eq!(step(more, session_age, has_consent, Progress::default()), expected, "{more} {session_age:?} {has_consent}");
}

fn check_refused(more: &str, session_age: Option<i64>, has_consent: bool, expected: ErrorCode) {
    match step(more, session_age, has_consent, Progress::default()) {
        NextStep::Refuse(error) => assert_eq!(error.code, expected, "{more}"),
        other => panic!("{more}: {other:?}"),
    }
}

#[test]
fn without_anything_in_the_way_it_finishes() {
    check("", Some(5), true, NextStep::Finish);
    check("&prompt=none", Some(5), true, NextStep::Finish);
    check("&max_age=10", Some(10), true, NextStep::Finish);
}

#[test]
fn login_comes_first_then_consent() {
    check("", None, false, NextStep::Login(LoginReason::NoSession));
    check("", Some(5), false, NextStep::Consent);
    check("&prompt=login", Some(5), true, NextStep::Login(LoginReason::Again));
    check("&max_age=10", Some(11), true, NextStep::Login(LoginReason::Again));
    check("&max_age=0", Some(1), true, NextStep::Login(LoginReason::Again));
    check("&prompt=select_account", Some(5), true, NextStep::Login(LoginReason::ChooseAccount));
    check("&prompt=consent", Some(5), true, NextStep::Consent);
}

#[test]
fn prompt_none_never_shows_a_page() {
    check_refused("&prompt=none", None, false, ErrorCode::LoginRequired);
    check_refused("&prompt=none&max_age=1", Some(5), true, ErrorCode::LoginRequired);
    check_refused("&prompt=none", Some(5), false, ErrorCode::ConsentRequired);
}

#[test]
fn what_was_done_here_is_not_asked_again() {
    let id = session(0).id;
    let signed_in = Progress { signed_in: Some(id), ..Progress::default() };
    assert_eq!(step("&prompt=login", Some(5), true, signed_in.clone()), NextStep::Finish);
    assert_eq!(step("&max_age=1", Some(5), true, signed_in.clone()), NextStep::Finish);
    assert_eq!(step("&prompt=login+consent", Some(5), true, signed_in.clone()), NextStep::Consent);
    let allowed = Progress { decision: Some(Decision::Allowed { session: id }), ..signed_in };
    assert_eq!(step("&prompt=login+consent", Some(5), false, allowed), NextStep::Finish);
    let chosen = Progress { chosen: Some(id), ..Progress::default() };
    assert_eq!(step("&prompt=select_account", Some(5), true, chosen), NextStep::Finish);
}

#[test]
fn another_session_does_not_inherit_what_was_done() {
    let other = SessionId(uuid::Uuid::from_u128(8));
    let allowed = Progress { decision: Some(Decision::Allowed { session: other }), ..Progress::default() };
    assert_eq!(step("", Some(5), false, allowed), NextStep::Consent);
    let signed_in = Progress { signed_in: Some(other), ..Progress::default() };
    assert_eq!(step("&prompt=login", Some(5), true, signed_in), NextStep::Login(LoginReason::Again));
}

#[test]
fn declining_and_unreachable_classes_are_told_to_the_client() {
    let denied = Progress { decision: Some(Decision::Denied), ..Progress::default() };
    assert!(matches!(step("", Some(5), true, denied), NextStep::Refuse(error) if error.code == ErrorCode::AccessDenied));
    let essential = "&claims=%7B%22id_token%22%3A%7B%22acr%22%3A%7B%22essential%22%3Atrue%2C%22value%22%3A%22gold%22%7D%7D%7D";
    check_refused(essential, Some(5), true, ErrorCode::UnmetAuthenticationRequirements);
}

#[test]
fn only_the_expected_user_will_do() {
    let mut request = request("");
    request.expected_user = Some(UserId(uuid::Uuid::from_u128(2)));
    let (session, consent) = (session(5), consent());
    let decide = |progress: &Progress| {
        decide(Situation {
            request: &request,
            progress,
            session: Some(&session),
            consent: Some(&consent),
            needs_no_consent: false,
            now: NOW,
        })
    };
    assert_eq!(decide(&Progress::default()), NextStep::Login(LoginReason::OtherUser));
    let signed_in = Progress { signed_in: Some(session.id), ..Progress::default() };
    assert!(matches!(decide(&signed_in), NextStep::Refuse(error) if error.code == ErrorCode::LoginRequired));
}
