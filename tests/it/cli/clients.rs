//! Clients as an operator makes them and gives them new secrets.

use keyward::{
    model::{
        fault::Failure,
        id::ClientId,
        secret::Secret,
        tenant::{Environment, Tenant},
    },
    services::{
        clients::manage::{self, Imported, Made, Rotated},
        refusal::Refusal,
    },
    storage::clients,
};
use serde_json::{Value, json};
use time::Duration;

use crate::support::TestServer;

async fn create(server: &TestServer, document: Value, imported: Option<Imported>) -> Result<Made, Failure<Refusal>> {
    let document = document.as_object().unwrap().clone();
    manage::create(&server.app, &server.tenant, document, imported, server.app.clock.now()).await
}

async fn rotate(server: &TestServer, id: &ClientId, overlap: Duration) -> Result<Rotated, Failure<Refusal>> {
    manage::rotate_secret(&server.app, &server.tenant, id, overlap, server.app.clock.now()).await
}

async fn live_secrets(server: &TestServer, id: &ClientId) -> usize {
    let found = clients::find(&server.app.store.db(), id).await.unwrap().unwrap();
    found.secrets.iter().filter(|secret| secret.is_live(server.app.clock.now())).count()
}

fn refusal<T: std::fmt::Debug>(done: Result<T, Failure<Refusal>>) -> String {
    match done {
        Err(Failure::Refused(refusal)) => refusal.to_string(),
        other => panic!("was not refused: {other:?}"),
    }
}

fn machine() -> Value {
    json!({ "client_name": "Machine", "grant_types": ["client_credentials"], "response_types": [] })
}

#[tokio::test]
async fn two_secrets_live_at_once_and_never_three() {
    let server = TestServer::start().await;
    let id = create(&server, machine(), None).await.unwrap().client.id;
    let now = server.app.clock.now();
    let first = rotate(&server, &id, Duration::hours(24)).await.unwrap();
    assert_eq!((first.previous_end, live_secrets(&server, &id).await), (Some(now + Duration::hours(24)), 2));
    assert!(refusal(rotate(&server, &id, Duration::hours(1)).await).contains("two secrets"));
    // What was refused changed no end.
    server.wait(Duration::hours(23));
    assert_eq!(live_secrets(&server, &id).await, 2);
    server.wait(Duration::hours(1));
    assert_eq!(live_secrets(&server, &id).await, 1);
    rotate(&server, &id, Duration::hours(1)).await.unwrap();
    let last = rotate(&server, &id, Duration::ZERO).await.unwrap();
    assert_eq!((last.previous_end, live_secrets(&server, &id).await), (Some(server.app.clock.now()), 1));
}

#[tokio::test]
async fn rotations_at_the_same_time_leave_two_secrets_at_most() {
    let server = TestServer::start().await;
    for _ in 0..10 {
        let id = create(&server, machine(), None).await.unwrap().client.id;
        let (first, second, third) = tokio::join!(
            rotate(&server, &id, Duration::hours(1)),
            rotate(&server, &id, Duration::hours(1)),
            rotate(&server, &id, Duration::hours(1)),
        );
        let done = [first, second, third].into_iter().filter(Result::is_ok).count();
        assert_eq!((done, live_secrets(&server, &id).await), (1, 2));
    }
}

#[tokio::test]
async fn what_cannot_be_rotated_is_refused_by_name() {
    let server = TestServer::start().await;
    let id = create(&server, machine(), None).await.unwrap().client.id;
    for overlap in [Duration::MAX, Duration::MIN, Duration::days(366), Duration::seconds(-1)] {
        assert!(refusal(rotate(&server, &id, overlap).await).contains("`overlap`"));
    }
    let public =
        json!({ "client_name": "Public", "redirect_uris": ["https://a.example/cb"], "token_endpoint_auth_method": "none" });
    let public = create(&server, public, None).await.unwrap();
    assert!(public.secret.is_none());
    assert!(refusal(rotate(&server, &public.client.id, Duration::ZERO).await).contains("without a secret"));
    let elsewhere = Tenant { environment: Environment::Test, ..server.tenant };
    let now = server.app.clock.now();
    assert!(refusal(manage::rotate_secret(&server.app, &elsewhere, &id, Duration::ZERO, now).await).contains("no such client"));
    assert!(refusal(manage::delete(&server.app, &elsewhere, &id).await).contains("no such client"));
    assert_eq!(live_secrets(&server, &id).await, 1);
}

#[tokio::test]
async fn an_identifier_names_one_api_of_a_tenant() {
    let server = TestServer::start().await;
    let api = json!({ "client_name": "API", "grant_types": [], "response_types": [], "resource_server": "https://api.example" });
    create(&server, api.clone(), None).await.unwrap();
    assert!(refusal(create(&server, api.clone(), None).await).contains("exists already"));
    create(&server.other_tenant().await, api, None).await.unwrap();
}

#[tokio::test]
async fn an_imported_secret_is_long_enough_and_needed() {
    let server = TestServer::start().await;
    let bring = |id: &str, secret: &str| Some(Imported { id: ClientId::import(id).unwrap(), secret: Some(Secret::new(secret)) });
    assert!(refusal(create(&server, machine(), bring("legacy", "short")).await).contains("`client_secret`"));
    let public =
        json!({ "client_name": "Public", "redirect_uris": ["https://a.example/cb"], "token_endpoint_auth_method": "none" });
    assert!(refusal(create(&server, public, bring("legacy", "0123456789abcdef")).await).contains("`client_secret`"));
    let made = create(&server, machine(), bring("legacy", "0123456789abcdef")).await.unwrap();
    assert_eq!(made.client.id.as_str(), "legacy");
}
