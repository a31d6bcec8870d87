//! Two organizations on one server: neither sees, reaches, names or notices anything of the other's.

use keyward::{
    model::{
        actor::Actor,
        fault::Failure,
        id::{ClientId, UserId},
        page::Slice,
        tenant::{Environment, Tenant},
    },
    services::{
        clients::manage,
        directory::{
            organizations::{self, NewOrganization},
            users::{self, UserFilter},
        },
        refusal::Refusal,
    },
};
use serde_json::json;
use time::Duration;

use crate::support::{
    Browser, Flow, TestServer,
    relying_party::{REDIRECT, query},
    server::person,
};

/// Another organization of the same server, with people of the same names.
pub async fn neighbour(server: &TestServer) -> TestServer {
    let new = NewOrganization { name: "Globex".to_owned(), slug: None, accent: None, logo: None };
    let organization = organizations::create(&server.app, new, server.app.clock.now()).await.unwrap();
    let tenant = Tenant { organization: organization.id, environment: Environment::Live };
    for username in ["ada", "grace"] {
        users::create(&server.app, &Actor::Operator, &tenant, person(username), server.app.clock.now()).await.unwrap();
    }
    server.in_tenant(tenant)
}

fn told<T: std::fmt::Debug>(done: Result<T, Failure<Refusal>>) -> String {
    match done {
        Err(Failure::Refused(refusal)) => refusal.to_string(),
        other => panic!("was not refused: {other:?}"),
    }
}

/// Every operation that takes an organization and an id: under the other's organization, the id is as unknown as one that never was.
#[tokio::test]
async fn tn_01_tn_02_an_id_of_another_organization_is_unknown() {
    let acme = TestServer::start().await;
    let globex = neighbour(&acme).await;
    let now = acme.app.clock.now();
    let ada = users::read(&acme.app, &Actor::Operator, &acme.tenant, "ada").await.unwrap();
    let app = ClientId(acme.confidential().await.id);
    let (nobody, nothing) = (UserId(acme.app.randomness.uuid_v4()), ClientId::of(acme.app.randomness.uuid_v7(now)));
    let test = acme.other_tenant().await.tenant;
    for elsewhere in [globex.tenant, test] {
        let find = async |id: UserId| told(users::read(&acme.app, &Actor::Operator, &elsewhere, &id.to_string()).await);
        assert_eq!(find(ada.id).await, find(nobody).await);
        let rotate = async |id: &ClientId| told(manage::rotate_secret(&acme.app, &elsewhere, id, Duration::ZERO, now).await);
        assert_eq!(rotate(&app).await, rotate(&nothing).await);
        let delete = async |id: &ClientId| told(manage::delete(&acme.app, &elsewhere, id).await);
        assert_eq!(delete(&app).await, delete(&nothing).await);
    }
    // All of it is there for its own organization, untouched.
    users::read(&acme.app, &Actor::Operator, &acme.tenant, &ada.id.to_string()).await.unwrap();
    manage::rotate_secret(&acme.app, &acme.tenant, &app, Duration::ZERO, now).await.unwrap();
    manage::delete(&acme.app, &acme.tenant, &app).await.unwrap();
}

#[tokio::test]
async fn tn_04_a_list_holds_its_own_rows_only() {
    let acme = TestServer::start().await;
    let globex = neighbour(&acme).await;
    let (mine, theirs) = (acme.confidential().await.id, globex.confidential().await.id);
    for (tenant, own, other) in [(&acme.tenant, &mine, &theirs), (&globex.tenant, &theirs, &mine)] {
        let clients = manage::list(&acme.app, tenant).await.unwrap();
        let ids: Vec<_> = clients.iter().map(|client| client.client.id.as_str()).collect();
        assert!(ids.contains(&own.as_str()) && !ids.contains(&other.as_str()), "{ids:?}");
        let people = users::list(&acme.app, &Actor::Operator, tenant, &UserFilter::default(), Slice::ALL).await.unwrap().data;
        assert!(people.len() == 2 && people.iter().all(|user| user.tenant == *tenant));
    }
    let empty = acme.other_tenant().await.tenant;
    assert!(
        users::list(&acme.app, &Actor::Operator, &empty, &UserFilter::default(), Slice::ALL).await.unwrap().data.is_empty()
            && manage::list(&acme.app, &empty).await.unwrap().is_empty()
    );
}

#[tokio::test]
async fn tn_05_nothing_of_one_organization_can_be_tied_to_another() {
    let acme = TestServer::start().await;
    let globex = neighbour(&acme).await;
    let api = json!({ "grant_types": [], "response_types": [], "resource_server": "https://api.example" });
    let api = acme.client(api).await;
    let (mine, theirs) = (acme.confidential().await, globex.confidential().await);
    let asking = Flow::openid().with("resource", "https://api.example");
    // Its API is no audience for a token of ours,
    let refused = theirs.ask(&asking).await;
    assert_eq!(query(&refused.location(), "error").as_deref(), Some("invalid_target"));
    let token = mine.tokens(&asking).await.text("access_token");
    assert_eq!(api.introspect(&token).await.json()["active"], true);
    // its user is nobody whom our client can expect,
    let hint = mine.tokens(&Flow::openid()).await.text("id_token");
    let sub = acme.claims(&hint)["sub"].as_str().unwrap().to_owned();
    let claims = json!({ "id_token": { "sub": { "value": sub } } }).to_string();
    let mut browser = Browser::new(&globex);
    browser.authorize_as(&theirs.authorize_path(&Flow::openid()), "ada").await;
    for flow in [Flow::openid().with("claims", claims), Flow::openid().with("id_token_hint", hint)] {
        let answer = browser.get(&theirs.authorize_path(&flow.with("prompt", "none"))).await;
        assert!(
            matches!(query(&answer.location(), "error").as_deref(), Some("login_required" | "invalid_request")),
            "{answer:?}"
        );
    }
    // and its session is none for our sign-in, though the browser and the names are the same.
    let other = browser.visit(&mine.authorize_path(&Flow::openid())).await;
    assert!(other.body.contains("id=\"login-submit\""), "{other:?}");
    assert!(
        query(&browser.get(&theirs.authorize_path(&Flow::openid().with("prompt", "none"))).await.location(), "code").is_some()
    );
}

#[tokio::test]
async fn tn_07_names_are_free_whatever_another_organization_has() {
    let acme = TestServer::start().await;
    let globex = neighbour(&acme).await;
    let now = acme.app.clock.now();
    users::create(&acme.app, &Actor::Operator, &acme.tenant, person("linus"), now).await.unwrap();
    users::create(&acme.app, &Actor::Operator, &globex.tenant, person("linus"), now).await.unwrap();
    // Within one organization they are not.
    assert!(
        told(users::create(&acme.app, &Actor::Operator, &globex.tenant, person("linus"), now).await).contains("exists already")
    );
    let named = json!({ "client_name": "Reports", "redirect_uris": [REDIRECT], "resource_server": "https://api.example" });
    acme.client(named.clone()).await;
    globex.client(named.clone()).await;
    let again = manage::create(&acme.app, &acme.tenant, named.as_object().unwrap().clone(), None, now).await;
    assert!(told(again).contains("exists already"));
}

#[tokio::test]
async fn tn_11_what_is_kept_in_memory_is_never_mixed_up() {
    let acme = TestServer::start().await;
    let globex = neighbour(&acme).await;
    let metadata = |scope: &str| json!({ "grant_types": ["client_credentials"], "response_types": [], "scope": scope });
    let (mine, theirs) = (acme.client(metadata("mine:read")).await, globex.client(metadata("theirs:read")).await);
    let mut browser = Browser::new(&acme);
    let pages = [acme.confidential().await, globex.confidential().await].map(|app| app.authorize_path(&Flow::openid()));
    for turn in 0..1000 {
        let (app, server, scope) = if turn % 2 == 0 { (&mine, &acme, "mine:read") } else { (&theirs, &globex, "theirs:read") };
        let answer = app.token(&[("grant_type", "client_credentials")]).await.assert_ok();
        let claims = server.claims(&answer.text("access_token"));
        assert_eq!((answer.text("scope").as_str(), &claims["org_id"]), (scope, &json!(server.tenant.organization)));
        if turn % 100 < 2 {
            let (own, other) = if turn % 2 == 0 { ("Acme", "Globex") } else { ("Globex", "Acme") };
            let page = browser.visit(&pages[turn % 2]).await;
            assert!(page.body.contains(own) && !page.body.contains(other), "{page:?}");
        }
    }
}
