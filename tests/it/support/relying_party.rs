//! A relying party: a registered client and the requests it makes.

use axum::http::{Method, Request, header};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use url::Url;

use super::{Answer, Browser, TestServer};

pub const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
pub const REDIRECT: &str = "https://app.example/cb";
/// RFC 7636 appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

#[derive(Debug, Clone)]
pub struct RelyingParty<'s> {
    pub server: &'s TestServer,
    pub id: String,
    /// None: a public client.
    pub secret: Option<String>,
}

/// What an authorization request says beyond client, redirect and type.
#[derive(Debug, Clone, Default)]
pub struct Flow {
    pub parameters: Vec<(&'static str, String)>,
}

impl Flow {
    pub fn openid() -> Self {
        Self::default().with("scope", "openid email profile")
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.parameters.retain(|(own, _)| *own != name);
        self.parameters.push((name, value.into()));
        self
    }

    pub fn pkce(self) -> Self {
        self.with("code_challenge", CHALLENGE).with("code_challenge_method", "S256")
    }
}

impl<'s> RelyingParty<'s> {
    /// The same client at another node.
    pub fn on<'t>(&self, server: &'t TestServer) -> RelyingParty<'t> {
        RelyingParty { server, id: self.id.clone(), secret: self.secret.clone() }
    }

    pub fn parameters(&self, flow: &Flow) -> Vec<(String, String)> {
        let base = [("client_id", self.id.as_str()), ("redirect_uri", REDIRECT), ("response_type", "code"), ("state", "s-1")];
        let named = |name: &str| flow.parameters.iter().any(|(own, _)| *own == name);
        let base = base.into_iter().filter(|(name, _)| !named(name)).map(|(name, value)| (name.to_owned(), value.to_owned()));
        let more = flow.parameters.iter().filter(|(_, value)| value != "(absent)");
        base.chain(more.map(|(name, value)| ((*name).to_owned(), value.clone()))).collect()
    }

    pub fn authorize_path(&self, flow: &Flow) -> String {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(self.parameters(flow)).finish();
        format!("/oauth/authorize?{query}")
    }

    /// The answer to an authorization request of a browser that holds nothing.
    pub async fn ask(&self, flow: &Flow) -> Answer {
        Browser::new(self.server).get(&self.authorize_path(flow)).await
    }

    /// A code for this user, signed in and consenting in a fresh browser.
    pub async fn code(&self, flow: &Flow) -> String {
        let mut browser = Browser::new(self.server);
        let answer = browser.authorize_as(&self.authorize_path(flow), "ada").await;
        query(&answer, "code").unwrap_or_else(|| panic!("no code: {answer}"))
    }

    pub async fn exchange(&self, code: &str) -> Answer {
        self.exchange_with(code, &[]).await
    }

    pub async fn exchange_with(&self, code: &str, more: &[(&str, &str)]) -> Answer {
        let base = [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", REDIRECT)];
        self.token(&merge(&base, more)).await
    }

    pub async fn refresh(&self, token: &str, more: &[(&str, &str)]) -> Answer {
        self.token(&merge(&[("grant_type", "refresh_token"), ("refresh_token", token)], more)).await
    }

    /// Everything a code yields.
    pub async fn tokens(&self, flow: &Flow) -> Answer {
        let code = self.code(flow).await;
        let has_challenge = flow.parameters.iter().any(|(name, _)| *name == "code_challenge");
        let verifier: &[(&str, &str)] = if has_challenge { &[("code_verifier", VERIFIER)] } else { &[] };
        self.exchange_with(&code, verifier).await.assert_ok()
    }

    pub async fn token(&self, fields: &[(&str, &str)]) -> Answer {
        self.post("/oauth/token", fields).await
    }

    /// A POST with this client's credentials: Basic, or its id in the body when it is public.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        match &self.secret {
            Some(secret) => self.server.post_with(path, fields, &[("authorization", &basic(&self.id, secret))]).await,
            None => self.server.post(path, &merge(&[("client_id", &self.id)], fields)).await,
        }
    }

    pub async fn introspect(&self, token: &str) -> Answer {
        self.post("/oauth/introspect", &[("token", token)]).await.assert_ok()
    }

    /// The claims of an assertion that this client may make now, with a `jti` of its own.
    pub fn assertion(&self) -> Value {
        let (now, jti) = (self.server.now(), self.server.app.randomness.uuid_v4());
        json!({ "iss": self.id, "sub": self.id, "aud": self.server.issuer(), "jti": jti, "iat": now, "exp": now + 60 })
    }

    pub async fn revoke(&self, token: &str) -> Answer {
        self.post("/oauth/revoke", &[("token", token)]).await
    }
}

pub fn basic(id: &str, secret: &str) -> String {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", STANDARD.encode(format!("{}:{}", encode(id), encode(secret))))
}

/// `more` wins over `base`; a value of "(absent)" takes a field away.
pub fn merge<'a>(base: &[(&'a str, &'a str)], more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = base.iter().filter(|(name, _)| !more.iter().any(|(own, _)| own == name));
    kept.chain(more.iter().filter(|(_, value)| *value != "(absent)")).copied().collect()
}

pub fn query(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(own, _)| own == name).map(|(_, value)| value.into_owned())
}

impl TestServer {
    /// A client's own token, asked for with an assertion.
    pub async fn assert(&self, assertion: &str) -> Answer {
        let fields =
            [("grant_type", "client_credentials"), ("client_assertion_type", JWT_BEARER), ("client_assertion", assertion)];
        self.post("/oauth/token", &fields).await
    }

    pub async fn userinfo(&self, token: &str) -> Answer {
        let request = Request::builder().method(Method::GET).uri("/oauth/userinfo");
        self.send(request.header(header::AUTHORIZATION, format!("Bearer {token}")).body(Default::default()).unwrap()).await
    }
}
