//! What the machines decide through their drivers, and what they are told to decide about.

use oxide_auth::code_grant::error::AuthorizationErrorType;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::{
    model::{
        code::AuthorizationCode,
        id::{ClientId, CodeId, GrantId, OrganizationId},
        names::ApplicationType,
        redirect_uri,
        secret::Digest,
        tenant::{Environment, Tenant},
    },
    protocol::params::Params,
};

use super::*;

const REDIRECT: &str = "https://app.example/cb";

fn params(form: &str) -> Params {
    Params::parse(form.as_bytes()).unwrap()
}

fn client(id: &str) -> ClientId {
    ClientId(id.to_owned())
}

fn told<T>(decided: Result<T, OAuthError>) -> Result<T, &'static str> {
    decided.map_err(|error| error.code.as_str())
}

#[test]
fn what_a_machine_refuses_keeps_its_code() {
    for (kind, code) in [
        (Some(AccessTokenErrorType::InvalidRequest), ErrorCode::InvalidRequest),
        (Some(AccessTokenErrorType::InvalidClient), ErrorCode::InvalidClient),
        (Some(AccessTokenErrorType::InvalidGrant), ErrorCode::InvalidGrant),
        (Some(AccessTokenErrorType::UnauthorizedClient), ErrorCode::UnauthorizedClient),
        (Some(AccessTokenErrorType::UnsupportedGrantType), ErrorCode::UnsupportedGrantType),
        (Some(AccessTokenErrorType::InvalidScope), ErrorCode::InvalidScope),
        (None, ErrorCode::ServerError),
    ] {
        assert_eq!(from_machine(kind).code, code);
    }
    for (kind, code) in [
        (AuthorizationErrorType::UnsupportedResponseType, ErrorCode::UnsupportedResponseType),
        (AuthorizationErrorType::InvalidScope, ErrorCode::InvalidScope),
        (AuthorizationErrorType::UnauthorizedClient, ErrorCode::UnauthorizedClient),
        (AuthorizationErrorType::InvalidRequest, ErrorCode::InvalidRequest),
        (AuthorizationErrorType::AccessDenied, ErrorCode::ServerError),
    ] {
        assert_eq!(authorization::from_machine(kind).code, code);
    }
}

#[test]
fn a_code_is_for_its_own_client_and_redirect() {
    let code = AuthorizationCode {
        id: CodeId(Uuid::nil()),
        digest: Digest::of("ac_x"),
        tenant: Tenant { organization: OrganizationId(Uuid::nil()), environment: Environment::Live },
        grant_id: GrantId(Uuid::nil()),
        client_id: client("app"),
        redirect_uri: REDIRECT.to_owned(),
        redirect_uri_was_sent: true,
        code_challenge: None,
        nonce: None,
        expires_at: OffsetDateTime::UNIX_EPOCH + Duration::MINUTE,
        consumed_at: None,
    };
    let decide = |form: &str, id: &str| told(access_token::decide(&params(form), &client(id), &code, &Scope::of(&["openid"])));
    const GOOD: &str = "grant_type=authorization_code&code=ac_x";
    assert_eq!(decide(GOOD, "app"), Ok(()));
    assert_eq!(decide(&format!("{GOOD}&redirect_uri={REDIRECT}"), "app"), Ok(()));
    assert_eq!(decide(GOOD, "other"), Err("invalid_grant"));
    assert_eq!(decide(&format!("{GOOD}&redirect_uri=https://app.example/other"), "app"), Err("invalid_grant"));
    assert_eq!(decide("grant_type=authorization_code", "app"), Err("invalid_request"));
    assert_eq!(decide("grant_type=password&code=ac_x", "app"), Err("unsupported_grant_type"));
}

#[test]
fn a_refresh_token_is_for_its_own_client_and_scope() {
    let granted = Scope::of(&["openid", "email"]);
    let decide = |form: &str, id: &str| {
        told(refresh::decide(&params(form), &client(id), &client("app"), &granted)).map(|scope| scope.to_string())
    };
    const GOOD: &str = "grant_type=refresh_token&refresh_token=rt_x";
    assert_eq!(decide(GOOD, "app").as_deref(), Ok("openid email"));
    assert_eq!(decide(&format!("{GOOD}&scope=email"), "app").as_deref(), Ok("email"));
    assert_eq!(decide(&format!("{GOOD}&scope=email+phone"), "app").as_deref(), Err(&"invalid_scope"));
    assert_eq!(decide(&format!("{GOOD}&scope=%22"), "app").as_deref(), Err(&"invalid_scope"));
    assert_eq!(decide(GOOD, "other").as_deref(), Err(&"invalid_grant"));
    assert_eq!(decide("grant_type=refresh_token", "app").as_deref(), Err(&"invalid_request"));
    assert_eq!(decide("grant_type=password&refresh_token=rt_x", "app").as_deref(), Err(&"unsupported_grant_type"));
}

#[test]
fn a_client_has_of_its_own_what_it_is_allowed() {
    let allowed = Scope::of(&["reports", "exports"]);
    let decide =
        |form: &str| told(client_credentials::decide(&params(form), &client("app"), &allowed)).map(|scope| scope.to_string());
    assert_eq!(decide("grant_type=client_credentials").as_deref(), Ok("reports exports"));
    assert_eq!(decide("grant_type=client_credentials&scope=exports").as_deref(), Ok("exports"));
    for scope in ["exports+openid", "%22", "other"] {
        let refused = decide(&format!("grant_type=client_credentials&scope={scope}"));
        assert_eq!(refused.as_deref(), Err(&"invalid_scope"), "{scope}");
    }
    assert_eq!(decide("grant_type=password").as_deref(), Err(&"unsupported_grant_type"));
    assert_eq!(decide("").as_deref(), Err(&"invalid_request"));
}

#[test]
fn an_authorization_is_for_the_client_that_was_found() {
    let redirect = redirect_uri::verify(&[REDIRECT.to_owned()], REDIRECT, ApplicationType::Web).unwrap();
    let (found, allowed) = (client("app"), Scope::of(&["openid", "email"]));
    let decide = |form: &str| {
        let params = params(form);
        let subject = authorization::Subject { params: &params, client_id: &found, redirect: &redirect, allowed: &allowed };
        told(authorization::decide(&subject)).map(|scope| scope.to_string())
    };
    assert_eq!(decide("client_id=app&response_type=code").as_deref(), Ok("openid email"));
    assert_eq!(decide("client_id=app&response_type=code&scope=email+phone").as_deref(), Ok("email"));
    for (form, code) in [
        ("client_id=app&response_type=code&scope=phone", "invalid_scope"),
        ("client_id=app&response_type=code&scope=%22", "invalid_scope"),
        ("client_id=app&response_type=token", "unsupported_response_type"),
        ("client_id=other&response_type=code", "server_error"),
    ] {
        assert_eq!(decide(form).as_deref(), Err(&code), "{form}");
    }
}
