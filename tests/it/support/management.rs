//! Somebody who manages: a user, signed in once through an app that may have everything, with a token for each set of permissions.

use axum::http::{Method, Request, header};
use keyward::{
    model::{actor::Actor, permission::Permission, role::BuiltInRole, tenant::Tenant},
    services::{
        api_keys::manage::{self, Made, NewApiKey},
        directory::users::{self, UserChange},
    },
};
use serde_json::{Value, json};

use super::{Answer, Flow, RelyingParty, TestServer, relying_party::REDIRECT};

pub struct Manager<'s> {
    server: &'s TestServer,
    app: RelyingParty<'s>,
    refresh_token: String,
}

impl<'s> Manager<'s> {
    /// Ada, with this role.
    pub async fn of(server: &'s TestServer, role: BuiltInRole) -> Self {
        let ada = users::read(&server.app, &Actor::Operator, &server.tenant, "ada").await.unwrap();
        let change = UserChange { role: Some(role), ..UserChange::default() };
        users::update(&server.app, &Actor::Operator, &server.tenant, ada.id, change, server.app.clock.now()).await.unwrap();
        let scope = format!("openid profile email {}", Permission::set(Permission::ALL));
        let app = server.client(json!({ "redirect_uris": [REDIRECT], "scope": scope })).await;
        let tokens = app.tokens(&Flow::openid().with("scope", scope.as_str())).await;
        Self { server, app, refresh_token: tokens.text("refresh_token") }
    }

    /// A key of the organization itself, with these permissions.
    pub async fn key(server: &TestServer, tenant: &Tenant, permissions: &str) -> Made {
        let permissions = permissions.split(' ').map(str::to_owned).collect();
        let new = NewApiKey { name: "Reports".to_owned(), permissions, ..NewApiKey::default() };
        manage::create(&server.app, &Actor::Operator, tenant, new, server.app.clock.now()).await.unwrap()
    }

    pub async fn token(&self, scope: &str) -> String {
        self.app.refresh(&self.refresh_token, &[("scope", scope)]).await.assert_ok().text("access_token")
    }

    /// With every permission.
    pub async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let token = self.token(&Permission::set(Permission::ALL).to_string()).await;
        self.server.manage(Some(&token), method, path, body).await
    }
}

impl TestServer {
    pub async fn manage(&self, token: Option<&str>, method: Method, path: &str, body: Option<Value>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                body.to_string()
            }
            None => String::new(),
        };
        self.send(request.body(body.into()).unwrap()).await
    }
}

impl Answer {
    /// A problem document. RFC 9457.
    #[track_caller]
    pub fn assert_problem(&self, status: u16) -> Value {
        assert_eq!((self.status, self.header(header::CONTENT_TYPE)), (status, "application/problem+json"), "{self:?}");
        let problem = self.json();
        assert_eq!(problem["status"], status, "{self:?}");
        assert_eq!(problem["requestId"], self.header("x-request-id"), "{self:?}");
        assert!(problem["type"].is_string() && problem["title"].is_string(), "{self:?}");
        if status == 401 {
            assert!(self.header(header::WWW_AUTHENTICATE).starts_with("Bearer"), "{self:?}");
        }
        problem
    }
}
