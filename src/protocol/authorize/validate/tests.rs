//! Cases of the authorization request.

use time::OffsetDateTime;

use super::*;
use crate::model::{
    client::{AccessTokenFormat, ClientMetadata},
    id::{ClientId, OrganizationId},
    names::{Algorithm, ApplicationType, AuthMethod, GrantType},
    tenant::{Environment, Tenant},
};

const REDIRECT: &str = "https://app.example/cb";
const BASE: &str = "client_id=app&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&response_type=code&scope=openid+email&state=s1";

pub fn client() -> Client {
    Client {
        id: ClientId("app".to_owned()),
        tenant: Tenant { organization: OrganizationId(uuid::Uuid::nil()), environment: Environment::Live },
        metadata: ClientMetadata {
            client_name: "App".to_owned(),
            redirect_uris: vec![REDIRECT.to_owned()],
            post_logout_redirect_uris: vec![],
            grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            response_types: vec![ResponseType::Code],
            token_endpoint_auth_method: None,
            token_endpoint_auth_signing_alg: None,
            application_type: ApplicationType::Web,
            scope: None,
            jwks: None,
            id_token_signed_response_alg: Algorithm::RS256,
            access_token_format: AccessTokenFormat::Jwt,
            access_token_signed_response_alg: Algorithm::RS256,
            default_max_age: None,
            default_acr_values: vec![],
            require_auth_time: false,
            require_pkce: false,
            rotate_refresh_tokens: false,
            first_party: false,
            resource_server: None,
            client_uri: None,
            logo_uri: None,
            policy_uri: None,
            tos_uri: None,
            contacts: vec![],
        },
        created_at: OffsetDateTime::UNIX_EPOCH,
        updated_at: OffsetDateTime::UNIX_EPOCH,
    }
}

fn run(client: &Client, query: &str) -> Result<AuthorizationRequest, AuthorizeRefusal> {
    validate(&Params::parse(query.as_bytes()).unwrap(), client, Known::default())
}

/// What the client is told: the private reason, the public code, and how it travels.
fn check(more: &str, expected: &str, code: ErrorCode, mode: ResponseMode) {
    let Err(AuthorizeRefusal::TellClient(answer)) = run(&client(), &format!("{BASE}{more}")) else { panic!("{more}: not told") };
    assert_eq!((answer.error.reason, answer.error.code, answer.mode), (expected, code, mode), "{more}");
}

fn check_page(query: &str, expected: Doubt) {
    match run(&client(), query) {
        Err(AuthorizeRefusal::TellUser(doubt)) => assert_eq!(doubt, expected, "{query}"),
        other => panic!("{query}: {other:?}"),
    }
}

#[test]
fn a_plain_request_is_good() {
    let request = run(&client(), &format!("{BASE}&nonce=n&something=else")).unwrap();
    assert_eq!(request.scope.to_string(), "openid email");
    assert_eq!((request.state.as_deref(), request.nonce.as_deref()), (Some("s1"), Some("n")));
    assert_eq!(request.response_mode, ResponseMode::Query);
}

#[test]
fn unknown_scopes_are_dropped_and_none_asked_means_all() {
    assert_eq!(run(&client(), &BASE.replace("openid+email", "openid+nonsense")).unwrap().scope.to_string(), "openid");
    let all = run(&client(), &BASE.replace("scope=openid+email", "scope=")).unwrap();
    assert_eq!(all.scope, Scope::of(Scope::STANDARD));
}

#[test]
fn a_doubtful_redirect_uri_is_told_to_the_user_only() {
    let without = BASE.replace("redirect_uri=https%3A%2F%2Fapp.example%2Fcb&", "");
    check_page(&without, Doubt::RedirectMissing);
    check_page(&BASE.replace("app.example%2Fcb", "evil.example%2Fcb"), Doubt::RedirectMismatch);
    check_page(&format!("{BASE}&redirect_uri=https%3A%2F%2Fapp.example%2Fcb"), Doubt::Malformed);
    let pure_oauth = without.replace("openid+email", "email");
    let request = run(&client(), &pure_oauth).unwrap();
    assert_eq!((request.redirect.as_str(), request.redirect_uri_was_sent), (REDIRECT, false));
}

#[test]
fn everything_else_is_told_to_the_client() {
    use ErrorCode::*;
    use ResponseMode::*;
    for (more, reason, code) in [
        ("&state=s2", "parameter.repeated", InvalidRequest),
        ("&response_mode=nonsense", "parameter.unknown_value", InvalidRequest),
        ("&prompt=none+login", "prompt.none_with_others", InvalidRequest),
        ("&prompt=nonsense", "prompt.unknown", InvalidRequest),
        ("&max_age=-1", "max_age.malformed", InvalidRequest),
        ("&max_age=1.5", "max_age.malformed", InvalidRequest),
        ("&max_age=99999999999999999999", "max_age.malformed", InvalidRequest),
        ("&max_age=%2B5", "max_age.malformed", InvalidRequest),
        ("&request=e30.e30.", "request.unsupported", RequestNotSupported),
        ("&request_uri=https%3A%2F%2Fx", "request_uri.unsupported", RequestUriNotSupported),
        ("&claims=%7B", "claims.malformed", InvalidRequest),
        ("&display=nonsense", "parameter.unknown_value", InvalidRequest),
        ("&resource=https%3A%2F%2Fapi", "resource.unknown", InvalidTarget),
        ("&code_challenge=x", "pkce.method_unsupported", InvalidRequest),
    ] {
        check(more, reason, code, Query);
    }
    check("&response_mode=form_post&prompt=nonsense", "prompt.unknown", InvalidRequest, FormPost);
}

#[test]
fn scopes_that_nobody_knows_are_passed_over_unless_nothing_is_left() {
    let some = run(&client(), &BASE.replace("openid+email", "openid+nonsense+email")).unwrap();
    assert_eq!(some.scope.to_string(), "openid email");
    let Err(AuthorizeRefusal::TellClient(answer)) = run(&client(), &BASE.replace("openid+email", "nonsense")) else { panic!() };
    assert_eq!((answer.error.code, answer.error.reason), (ErrorCode::InvalidScope, "scope.unknown"));
}

#[test]
fn response_types_beyond_code_are_refused_where_tokens_would_go() {
    for (response_type, reason, mode) in [
        ("token", "response_type.unsupported", ResponseMode::Query),
        ("none", "response_type.unsupported", ResponseMode::Query),
        ("code+code", "response_type.unsupported", ResponseMode::Query),
        ("id_token", "response_type.unauthorized", ResponseMode::Fragment),
        ("token+code+id_token", "response_type.unauthorized", ResponseMode::Fragment),
    ] {
        let query = BASE.replace("response_type=code", &format!("response_type={response_type}"));
        match run(&client(), &query) {
            Err(AuthorizeRefusal::TellClient(answer)) => assert_eq!((answer.error.reason, answer.mode), (reason, mode)),
            other => panic!("{response_type}: {other:?}"),
        }
    }
    match run(&client(), &BASE.replace("response_type=code&", "")) {
        Err(AuthorizeRefusal::TellClient(answer)) => assert_eq!(answer.error.reason, "parameter.missing"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn public_clients_need_pkce() {
    let mut public = client();
    public.metadata.token_endpoint_auth_method = Some(AuthMethod::None);
    match run(&public, BASE) {
        Err(AuthorizeRefusal::TellClient(answer)) => assert_eq!(answer.error.reason, "pkce.challenge_missing"),
        other => panic!("{other:?}"),
    }
    let with = format!("{BASE}&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256");
    assert!(run(&public, &with).is_ok());
}

#[test]
fn hints_name_one_user() {
    let user: UserId = "usr_01h455vb4pex5vsknk084sn02q".parse().unwrap();
    let params = Params::parse(BASE.as_bytes()).unwrap();
    let of = |hint| validate(&params, &client(), Known { hint, ..Known::default() });
    assert_eq!(of(Hint::Of(user)).unwrap().expected_user, Some(user));
    assert!(of(Hint::Invalid).is_err());
}
