//! Every setting does what its comment says: one observable effect for each key of the example, and a count that none was forgotten.

use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Stdio},
};

use keyward::{
    config::EXAMPLE,
    model::{actor::Actor, job::JobKind},
    services::{directory::users, queue, signing_keys},
    storage::Store,
};
use serde_json::{Value, json};
use time::Duration;

use super::program::signal;
use crate::support::{Answer, Browser, Flow, TestServer, database, server::PASSWORD};

/// Keys of the example, in the form in which the cases below set them.
fn keys() -> Vec<String> {
    let mut section = String::new();
    let mut keys = Vec::new();
    for line in EXAMPLE.lines() {
        let line = line.trim_start_matches("# ");
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = format!("{name}.");
        } else if let Some((key, _)) = line.split_once(" = ")
            && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        {
            keys.push(format!("{section}{key}"));
        }
    }
    keys
}

#[test]
fn no_setting_is_without_a_case() {
    let cases = include_str!("effects.rs");
    let keys = keys();
    assert!(keys.len() > 25, "{keys:?}");
    let forgotten: Vec<_> = keys.into_iter().filter(|key| !cases.contains(&format!("{key} = "))).collect();
    assert!(forgotten.is_empty(), "no case sets {forgotten:?}");
}

async fn sign_in(server: &TestServer, browser: &mut Browser<'_>) {
    let app = server.confidential().await;
    browser.authorize_as(&app.authorize_path(&Flow::openid()), "ada").await;
}

/// A refresh token that is used each time so long after the last, until it is refused.
async fn uses(settings: &str, pause: Duration) -> usize {
    let server = TestServer::start_with(settings).await;
    let app = server.confidential().await;
    let token = app.tokens(&Flow::openid()).await.text("refresh_token");
    for used in 0..10 {
        server.wait(pause);
        let answer = app.refresh(&token, &[]).await;
        if answer.status != 200 {
            assert_eq!(answer.json()["error"], "invalid_grant");
            return used;
        }
    }
    10
}

#[tokio::test]
async fn tokens_live_as_long_as_is_set() {
    let server = TestServer::start_with("tokens.access = \"5m\"\ntokens.id_token = \"7m\"\ntokens.code = \"10s\"").await;
    let app = server.confidential().await;
    let tokens = app.tokens(&Flow::openid()).await;
    assert_eq!(tokens.json()["expires_in"], 300);
    let claims = server.claims(&tokens.text("id_token"));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 420);
    server.wait(Duration::minutes(5));
    assert_eq!(server.userinfo(&tokens.text("access_token")).await.status, 401);
    for (seconds, status) in [(9, 200), (10, 400)] {
        let code = app.code(&Flow::openid()).await;
        server.wait(Duration::seconds(seconds));
        assert_eq!(app.exchange(&code).await.status, status, "{seconds}");
    }
}

#[tokio::test]
async fn refresh_tokens_end_idle_and_old() {
    assert_eq!(uses("tokens.refresh_idle = \"5d\"", Duration::days(4)).await, 10);
    assert_eq!(uses("tokens.refresh_idle = \"5d\"", Duration::days(6)).await, 0);
    assert_eq!(uses("tokens.refresh_idle = \"5d\"\ntokens.refresh_absolute = \"10d\"", Duration::days(3)).await, 3);
}

#[tokio::test]
async fn signing_keys_are_renewed_when_they_are_as_old_as_is_set() {
    let server = TestServer::start_with("tokens.signing_key = \"2d\"").await;
    let count = async || signing_keys::list(&server.app).await.unwrap().len();
    let before = count().await;
    for (days, made) in [(1, false), (3, true)] {
        server.wait(Duration::days(days));
        queue::run_if_due(&server.app, "node", JobKind::RotateSigningKeys).await.unwrap();
        assert_eq!(count().await > before, made, "{days}");
    }
}

#[tokio::test]
async fn sign_ins_live_as_long_as_is_set() {
    let server = TestServer::start_with("login.session = \"1h\"\nlogin.interaction = \"2m\"").await;
    let app = server.confidential().await;
    let mut browser = Browser::new(&server);
    sign_in(&server, &mut browser).await;
    let again = app.authorize_path(&Flow::openid());
    server.wait(Duration::minutes(59));
    assert!(!browser.visit(&again).await.body.contains("login-submit"));
    server.wait(Duration::minutes(1));
    let page = browser.visit(&again).await;
    assert!(page.body.contains("login-submit"), "{page:?}");
    server.wait(Duration::minutes(2));
    assert_eq!(browser.sign_in(&page, "ada", PASSWORD).await.status, 400);
}

/// How many wrong passwords are looked at before the answer is 429.
async fn guesses(server: &TestServer, names: &[&str]) -> usize {
    let mut browser = Browser::new(server);
    let page = browser.visit(&server.confidential().await.authorize_path(&Flow::openid())).await;
    for (guess, name) in names.iter().enumerate() {
        if browser.sign_in(&page, name, "wrong").await.status == 429 {
            return guess;
        }
    }
    names.len()
}

#[tokio::test]
async fn guesses_are_as_many_as_is_set() {
    let server = TestServer::start_with("login.attempts = 2\nlogin.attempts_window = \"3m\"").await;
    assert_eq!(guesses(&server, &["ada"; 5]).await, 2);
    server.wait(Duration::minutes(4));
    assert_eq!(guesses(&server, &["ada"; 5]).await, 2);
    let server = TestServer::start_with("login.attempts_per_address = 3").await;
    assert_eq!(guesses(&server, &["a", "b", "c", "d", "e"]).await, 3);
}

#[tokio::test]
async fn passwords_are_hashed_as_is_set() {
    let server = TestServer::start_with("login.hash_memory = 128\nlogin.hash_passes = 3").await;
    server.change_password("ada", "another long password").await;
    let user = users::read(&server.app, &Actor::Operator, &server.tenant, "ada").await.unwrap();
    let hash = user.password_hash.unwrap();
    assert!(hash.reveal().contains("m=128,t=3"), "{}", hash.reveal());
}

#[tokio::test]
async fn hashing_is_bounded_as_is_set() {
    let server = TestServer::start_with("login.hash_workers = 2\nlogin.hash_queue = 1").await;
    let pool = &server.app.hashing;
    let mut places: Vec<_> = (0..4).map(|_| pool.place()).collect();
    assert!(places.pop().unwrap().is_err());
    assert!(places.iter().all(Result::is_ok));
    let began = std::time::Instant::now();
    let mut work =
        places.into_iter().map(|place| place.unwrap().run(|| std::thread::sleep(std::time::Duration::from_millis(100))));
    let (a, b, c) = (work.next().unwrap(), work.next().unwrap(), work.next().unwrap());
    tokio::try_join!(a, b, c).unwrap();
    assert!(began.elapsed() >= std::time::Duration::from_millis(200), "three worked at once");
    assert!(pool.place().is_ok());
}

async fn wrong_secret(server: &TestServer, id: &str, forwarded: &str) -> Answer {
    let fields = [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", "wrong")];
    server.post_with("/oauth/token", &fields, &[("x-forwarded-for", forwarded)]).await
}

#[tokio::test]
async fn failures_of_an_address_are_counted_and_a_trusted_proxy_names_it() {
    const LIMIT: &str = "limits.client_failures = 2";
    for (settings, last) in [(LIMIT.to_owned(), 429), (format!("{LIMIT}\nproxy.trusted = [\"198.51.100.0/24\"]"), 401)] {
        let server = TestServer::start_with(&settings).await;
        let app = server.client(json!({ "grant_types": ["client_credentials"], "response_types": [] })).await;
        for expected in [401, 401, 429] {
            assert_eq!(wrong_secret(&server, &app.id, "192.0.2.1").await.status, expected, "{settings}");
        }
        assert_eq!(wrong_secret(&server, &app.id, "192.0.2.2").await.status, last, "{settings}");
    }
    // A header that this proxy does not set says nothing.
    let other = format!("{LIMIT}\nproxy.trusted = [\"198.51.100.0/24\"]\nproxy.header = \"forwarded\"");
    let server = TestServer::start_with(&other).await;
    let app = server.client(json!({ "grant_types": ["client_credentials"], "response_types": [] })).await;
    for (address, expected) in [("192.0.2.1", 401), ("192.0.2.2", 401), ("192.0.2.3", 429)] {
        assert_eq!(wrong_secret(&server, &app.id, address).await.status, expected);
    }
}

#[tokio::test]
async fn connections_to_postgresql_are_as_many_as_is_set() {
    // `database_connections = 3` in a file; SQLite has no use for it.
    let keyward::config::database::Database::Postgres { url, .. } = database::empty(Path::new("")).await else { return };
    let limited = keyward::config::database::Database::Postgres { url: url.clone(), connections: 3 };
    let store = Store::open(&limited).await.unwrap();
    let all: Vec<_> = (0..20)
        .map(|_| {
            tokio::spawn({
                let store = store.clone();
                async move { store.schema().await }
            })
        })
        .collect();
    for one in all {
        one.await.unwrap().unwrap();
    }
    let mut connection = <sqlx::PgConnection as sqlx::Connection>::connect(url.reveal()).await.unwrap();
    let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let count: i64 = sqlx::query_scalar(open).fetch_one(&mut connection).await.unwrap();
    assert!((1..=3).contains(&count), "{count}");
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A server with nothing but a configuration file; told to end when it is dropped, with all of its log written.
struct Served(Child);

impl Served {
    fn with(folder: &Path, settings: &str) -> Self {
        let path = folder.join("own.toml");
        fs::write(&path, settings).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let log = fs::File::create(folder.join("log")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_keyward"));
        command.args(["serve", "--config", path.to_str().unwrap()]).current_dir(folder).env_clear();
        Self(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(None)) {
            signal("TERM", self.0.id());
        }
        let _ = self.0.wait();
    }
}

/// The body of a GET, asked again until somebody listens.
fn get(port: u16, path: &str) -> String {
    for _ in 0..100 {
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) {
            write!(stream, "GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n").unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            return answer;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("nobody listens on {port}");
}

#[test]
fn the_server_is_where_the_file_says_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (port, metrics) = (free_port(), free_port());
    let settings = format!(
        "issuer = \"https://login.example.org\"\nlisten = \"127.0.0.1:{port}\"\nmetrics_listen = \"127.0.0.1:{metrics}\"\n\
         data_dir = \"./here\"\ndatabase_url = \"sqlite://here/own.db\"\n\
         master_key = \"a master key that stands in the file itself\"\nlog.level = \"debug\"\nlog.format = \"json\"\n"
    );
    let served = Served::with(folder.path(), &settings);
    let answer = get(port, "/.well-known/openid-configuration");
    let metadata: Value = serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    assert_eq!(metadata["issuer"], "https://login.example.org");
    assert!(get(metrics, "/metrics").contains("200 OK"));
    let made: Vec<_> = ["here/own.db", "here/keyward.db", "here/master.key"].map(|name| folder.path().join(name).exists()).into();
    assert_eq!(made, [true, false, false]);
    drop(served);
    let log = fs::read_to_string(folder.path().join("log")).unwrap();
    let levels: Vec<String> =
        log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["level"].as_str().unwrap().to_owned()).collect();
    assert!(levels.iter().any(|level| level == "DEBUG"), "{log}");
    // The same master key opens it again, another does not.
    let other = settings.replace("stands in the file itself", "is another one than before");
    let refused = Served::with(folder.path(), &other).0.wait().unwrap();
    assert_eq!(refused.code(), Some(1));
}

#[test]
fn a_quiet_log_in_words_and_no_metrics() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let settings = |level: &str| {
        format!(
            "issuer = \"http://127.0.0.1:{port}\"\nlisten = \"127.0.0.1:{port}\"\nmetrics_listen = \"off\"\nlog.level = \"{level}\"\n"
        )
    };
    for (level, is_told) in [("info", true), ("error", false)] {
        let served = Served::with(folder.path(), &settings(level));
        get(port, "/healthz");
        drop(served);
        let log = fs::read_to_string(folder.path().join("log")).unwrap();
        assert_eq!(log.contains("listening"), is_told, "{log}");
        assert!(!log.starts_with('{'), "{log}");
    }
    assert!(folder.path().join("keyward-data/master.key").exists());
}

#[test]
fn tls_is_spoken_with_the_certificate_that_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["id.example".to_owned()]).unwrap().self_signed(&key).unwrap();
    for (name, text) in [("tls.crt", certificate.pem()), ("tls.key", key.serialize_pem())] {
        fs::write(folder.path().join(name), text).unwrap();
        fs::set_permissions(folder.path().join(name), fs::Permissions::from_mode(0o600)).unwrap();
    }
    let settings = format!(
        "listen = \"127.0.0.1:{port}\"\nmetrics_listen = \"off\"\ntls.certificate = \"tls.crt\"\ntls.key = \"tls.key\"\n"
    );
    let _served = Served::with(folder.path(), &settings);
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate.der().clone()).unwrap();
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let client = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let client = std::sync::Arc::new(client.with_root_certificates(roots).with_no_client_auth());
    let mut stream = (0..100)
        .find_map(|_| {
            std::thread::sleep(std::time::Duration::from_millis(50));
            TcpStream::connect(("127.0.0.1", port)).ok()
        })
        .unwrap();
    let mut session = rustls::ClientConnection::new(client, "id.example".try_into().unwrap()).unwrap();
    session.complete_io(&mut stream).unwrap();
    assert!(!session.is_handshaking());
}
