//! The whole server in process, on a database of its own, with a clock that cases turn.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{Request, header},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use keyward::{
    app::{
        App,
        assemble::Schemas,
        clock::Clock,
        randomness::{self, Randomness},
    },
    config::{
        self, Config,
        database::{Database, Durability},
    },
    http::router,
    model::{
        actor::Actor,
        issuer::Issuer,
        names::Algorithm,
        role::BuiltInRole,
        secret::Secret,
        tenant::{Environment, Tenant},
        user::UserStatus,
    },
    protocol::jose::{key, provider},
    services::{
        clients::manage,
        directory::{
            organizations::{self, NewOrganization},
            users::{self, NewUser, UserChange},
        },
    },
};
use serde_json::{Value, json};
use tempfile::TempDir;
use time::{Duration, OffsetDateTime, macros::datetime};
use tower::ServiceExt;

use super::{Answer, RelyingParty, browser::encoded, database, relying_party::REDIRECT};

/// The instant at which every case begins.
pub const BEGINNING: OffsetDateTime = datetime!(2026-11-24 12:00 UTC);

pub const PASSWORD: &str = "correct horse battery staple";

#[derive(Clone, Debug)]
pub struct TestServer {
    pub app: App,
    router: Router,
    pub tenant: Tenant,
    peer: IpAddr,
    folder: Arc<TempDir>,
}

/// A configuration with everything at its default but the costs of hashing.
pub fn config(folder: &std::path::Path, database: Database) -> Config {
    Config {
        issuer: Issuer::parse("https://id.example.test").unwrap(),
        listen: "127.0.0.1:0".parse().unwrap(),
        metrics_listen: None,
        data_dir: folder.to_owned(),
        database,
        master_key: Some(Secret::new("a master key for tests that is long enough")),
        tls: None,
        proxy: config::proxy::Proxy::default(),
        tokens: config::tokens::Tokens {
            access: Duration::hours(1),
            code: Duration::seconds(60),
            refresh_idle: Duration::days(30),
            refresh_absolute: Duration::days(90),
            id_token: Duration::hours(1),
            signing_key: Duration::days(365),
        },
        login: config::login::Login {
            session_lifetime: Duration::hours(12),
            interaction_lifetime: Duration::minutes(15),
            attempts: 10,
            attempts_per_address: 100,
            attempts_window: Duration::minutes(15),
            hash_memory_kib: 64,
            hash_iterations: 1,
            hash_workers: 1,
            hash_queue: 64,
        },
        limits: config::limits::Limits { client_failures_per_minute: 60 },
        log: config::log::Log { level: "info".to_owned(), format: config::log::Format::Text },
        traces: None,
    }
}

/// Somebody to be made, with the password of all.
pub fn person(username: &str) -> NewUser {
    NewUser {
        email: format!("{username}@example.org"),
        is_email_verified: true,
        username: Some(username.to_owned()),
        name: None,
        role: BuiltInRole::Member,
        claims: Default::default(),
        password: Some(Secret::new(PASSWORD)),
    }
}

/// An organization with two people, ada (who has every claim) and grace.
pub async fn furnish(app: &App) {
    let now = app.clock.now();
    let new = NewOrganization { name: "Acme".to_owned(), slug: None, accent: None, logo: None };
    let organization = organizations::create(app, new, now).await.unwrap();
    let tenant = Tenant { organization: organization.id, environment: Environment::Live };
    for (username, name) in [("ada", "Ada Lovelace"), ("grace", "Grace Hopper")] {
        let claims = if username == "ada" { every_claim() } else { Default::default() };
        let new = NewUser { name: Some(name.to_owned()), claims, ..person(username) };
        users::create(app, &Actor::Operator, &tenant, new, now).await.unwrap();
    }
}

impl TestServer {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = database::fresh(folder.path()).await;
        Self::on(database, folder).await
    }

    /// With signing keys of its own: those of the template are shared by every server of this process.
    pub async fn start_with_own_keys() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = database::empty(folder.path()).await;
        let config = config(folder.path(), database.clone());
        let app = App::assemble(config, Clock::turned(BEGINNING), Randomness::system(), Schemas::BringUp).await.unwrap();
        furnish(&app).await;
        app.store.close().await.unwrap();
        Self::on(database, folder).await
    }

    /// On a database that loses nothing with the machine's power, as outside of tests.
    pub async fn start_durable() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut database = database::fresh(folder.path()).await;
        if let Database::Sqlite { durability, .. } = &mut database {
            *durability = Durability::Full;
        }
        Self::on(database, folder).await
    }

    /// With these lines in its configuration file; what they do not say is as in every other case.
    pub async fn start_with(settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keyward.toml");
        std::fs::write(&path, settings).unwrap();
        let read = Config::load(Some(path), &config::environment::Environment::default(), Vec::new()).unwrap();
        let usual = config(folder.path(), database::fresh(folder.path()).await);
        let config = Config { tokens: read.tokens, login: read.login, limits: read.limits, proxy: read.proxy, ..usual };
        Self::with(config, folder).await
    }

    async fn on(database: Database, folder: TempDir) -> Self {
        Self::with(config(folder.path(), database), folder).await
    }

    async fn with(config: Config, folder: TempDir) -> Self {
        let app = App::assemble(config, Clock::turned(BEGINNING), Randomness::system(), Schemas::MakeNew).await.unwrap();
        let organization = organizations::find(&app, "acme").await.unwrap();
        let tenant = Tenant { organization: organization.id, environment: Environment::Live };
        let router = router::build(app.clone(), Vec::new());
        Self { app, router, tenant, peer: Ipv4Addr::new(198, 51, 100, 1).into(), folder: Arc::new(folder) }
    }

    /// Another node on the same database, with the same clock.
    pub async fn second_node(&self) -> Self {
        let config = self.app.config.clone();
        let app = App::assemble(config, self.app.clock.clone(), Randomness::system(), Schemas::MakeNew).await.unwrap();
        Self { router: router::build(app.clone(), Vec::new()), app, ..self.clone() }
    }

    /// The same server with paths of a case's own.
    pub fn with_routes(self, extra: Vec<router::Route>) -> Self {
        Self { router: router::build(self.app.clone(), extra), ..self }
    }

    /// The same server and organization, in the other set of data.
    pub async fn other_tenant(&self) -> Self {
        self.in_tenant(Tenant { environment: Environment::Test, ..self.tenant })
    }

    pub fn in_tenant(&self, tenant: Tenant) -> Self {
        Self { tenant, ..self.clone() }
    }

    pub async fn change_password(&self, username: &str, password: &str) {
        let user = users::read(&self.app, &Actor::Operator, &self.tenant, username).await.unwrap();
        let change = UserChange { password: Some(Secret::new(password)), ..UserChange::default() };
        users::update(&self.app, &Actor::Operator, &self.tenant, user.id, change, self.app.clock.now()).await.unwrap();
    }

    /// The same server, asked from another address.
    pub fn from(&self, peer: IpAddr) -> Self {
        Self { peer, ..self.clone() }
    }

    pub fn issuer(&self) -> &str {
        self.app.config.issuer.as_str()
    }

    pub fn now(&self) -> i64 {
        self.app.clock.now().unix_timestamp()
    }

    pub fn wait(&self, span: Duration) {
        self.app.clock.advance(span);
    }

    pub async fn client(&self, mut metadata: Value) -> RelyingParty<'_> {
        let metadata = metadata.as_object_mut().unwrap();
        metadata.entry("client_name").or_insert(json!("Reports"));
        let made = manage::create(&self.app, &self.tenant, metadata.clone(), None, self.app.clock.now()).await.unwrap();
        RelyingParty {
            server: self,
            id: made.client.id.to_string(),
            secret: made.secret.map(|secret| secret.reveal().to_owned()),
        }
    }

    pub async fn confidential(&self) -> RelyingParty<'_> {
        self.client(json!({ "redirect_uris": [REDIRECT] })).await
    }

    pub async fn public(&self) -> RelyingParty<'_> {
        self.client(json!({ "redirect_uris": [REDIRECT], "token_endpoint_auth_method": "none" })).await
    }

    pub async fn disable(&self, username: &str) {
        let user = users::read(&self.app, &Actor::Operator, &self.tenant, username).await.unwrap();
        let change = UserChange { status: Some(UserStatus::Disabled), ..UserChange::default() };
        users::update(&self.app, &Actor::Operator, &self.tenant, user.id, change, self.app.clock.now()).await.unwrap();
    }

    pub async fn send(&self, mut request: Request<Body>) -> Answer {
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(self.peer, 40_000)));
        request.headers_mut().entry(header::HOST).or_insert("id.example.test".parse().unwrap());
        Answer::of(self.router.clone().oneshot(request).await.unwrap()).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.get_with(path, &[]).await
    }

    pub async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let request = headers.iter().fold(Request::get(path), |request, (name, value)| request.header(*name, *value));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, path: &str, fields: &[(impl AsRef<str>, impl AsRef<str>)]) -> Answer {
        self.post_with(path, fields, &[]).await
    }

    pub async fn post_with(&self, path: &str, fields: &[(impl AsRef<str>, impl AsRef<str>)], headers: &[(&str, &str)]) -> Answer {
        self.send_body(path, "application/x-www-form-urlencoded", &encoded(fields), headers).await
    }

    pub async fn send_body(&self, path: &str, media_type: &str, body: &str, headers: &[(&str, &str)]) -> Answer {
        let request = Request::post(path).header(header::CONTENT_TYPE, media_type);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        self.send(request.body(body.to_owned().into()).unwrap()).await
    }

    /// What lies in the folder of a SQLite database; nothing where the database is elsewhere.
    pub fn database_files(&self) -> Vec<Vec<u8>> {
        let files = std::fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        files.filter(|path| path.is_file()).map(|path| std::fs::read(path).unwrap()).collect()
    }

    /// The claims of a JWT, unverified: whether it is good is asked of others.
    pub fn claims(&self, token: &str) -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
    }
}

fn every_claim() -> serde_json::Map<String, Value> {
    json!({
        "family_name": "Lovelace", "given_name": "Ada", "middle_name": "King", "nickname": "Countess",
        "profile": "https://ada.example", "picture": "https://ada.example/p.png", "website": "https://ada.example",
        "gender": "female", "birthdate": "1815-12-10", "zoneinfo": "Europe/London", "locale": "en-GB",
        "address": { "formatted": "12 St James's Square, London", "country": "GB" },
        "phone_number": "+44 20 7946 0000", "phone_number_verified": true
    })
    .as_object()
    .unwrap()
    .clone()
}

/// A client's own key, for assertions.
pub struct ClientKey {
    private: Vec<u8>,
    public: Value,
}

impl ClientKey {
    pub fn new() -> Self {
        Self::of(Algorithm::ES256)
    }

    pub fn of(algorithm: Algorithm) -> Self {
        let (private, public) = key::generate(algorithm, &mut randomness::generator()).unwrap();
        Self { private: private.to_vec(), public: serde_json::to_value(public).unwrap() }
    }

    pub fn public(&self) -> Value {
        self.public.clone()
    }

    pub fn kid(&self) -> &str {
        self.public["kid"].as_str().unwrap()
    }

    pub fn sign(&self, claims: &Value) -> String {
        self.sign_as(claims, None)
    }

    /// Under this `kid`, or under none.
    pub fn sign_as(&self, claims: &Value, kid: Option<&str>) -> String {
        let own = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::ES256);
        self.sign_under(claims, jsonwebtoken::Header { kid: kid.map(str::to_owned), ..own })
    }

    pub fn sign_under(&self, claims: &Value, header: jsonwebtoken::Header) -> String {
        let key = match header.alg {
            jsonwebtoken::Algorithm::ES256 => jsonwebtoken::EncodingKey::from_ec_der(&self.private),
            _ => {
                provider::keep(self.kid(), key::parse(Algorithm::RS256, &self.private).unwrap());
                jsonwebtoken::EncodingKey::from_rsa_der(self.kid().as_bytes())
            }
        };
        jsonwebtoken::encode(&header, claims, &key).unwrap()
    }

    /// The claims under another algorithm, "signed" with what is public.
    pub fn forge(&self, claims: &Value, algorithm: &str) -> String {
        let header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS256);
        let secret = jsonwebtoken::EncodingKey::from_secret(self.public.to_string().as_bytes());
        let token = jsonwebtoken::encode(&header, claims, &secret).unwrap();
        if algorithm == "HS256" {
            return token;
        }
        let header = URL_SAFE_NO_PAD.encode(format!("{{\"alg\":\"{algorithm}\"}}"));
        format!("{header}.{}.", token.split('.').nth(1).unwrap())
    }
}
