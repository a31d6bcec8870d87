//! Purging beside token requests: what expired goes, what is alive stays, and nobody waits long for it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use keyward::{config::database::Database, model::job::JobKind, services::queue};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row, SqliteConnection, sqlite::SqliteConnectOptions};
use time::macros::datetime;

use crate::support::{Flow, RelyingParty, TestServer, relying_party::VERIFIER};

/// Long before every case begins, and long after: nothing else ends at these instants.
const EXPIRED: i64 = datetime!(2026-01-01 00:00:07 UTC).unix_timestamp();
const ALIVE: i64 = datetime!(2030-01-01 00:00:07 UTC).unix_timestamp();

const COLUMNS: [(&str, &str); 9] = [
    ("interactions", "expires_at"),
    ("sessions", "expires_at"),
    ("access_tokens", "expires_at"),
    ("revoked_tokens", "expires_at"),
    ("replay_marks", "expires_at"),
    ("attempts", "ends_at"),
    ("grants", "expires_at"),
    ("codes", "expires_at"),
    ("refresh_tokens", "absolute_expires_at"),
];

async fn sqlite(database: &Database) -> Option<SqliteConnection> {
    let Database::Sqlite { path, .. } = database else { return None };
    Some(SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(path)).await.unwrap())
}

async fn postgres(database: &Database) -> PgConnection {
    let Database::Postgres { url, .. } = database else { unreachable!("it is one or the other") };
    PgConnection::connect(url.reveal()).await.unwrap()
}

async fn fill(database: &Database, rows: u64, end: i64) {
    let script = |id: &str, bytes: &str| {
        let script = include_str!("rows.sql").replace(":rows", &(rows / 20).to_string()).replace(":end", &end.to_string());
        AssertSqlSafe(format!("BEGIN; {} COMMIT;", script.replace(":id", id).replace(":bytes", bytes)))
    };
    match sqlite(database).await {
        Some(mut connection) => {
            connection.execute(script("randomblob(16)", "randomblob(32)")).await.unwrap();
            // So that the purge is measured, and not what is left to do of this.
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").await.unwrap();
        }
        None => {
            let mut connection = postgres(database).await;
            connection.execute(script("gen_random_uuid()", "decode(md5(random()::text), 'hex')")).await.unwrap();
            connection.execute("ANALYZE").await.unwrap();
        }
    }
}

async fn rows_that_end(database: &Database, end: i64) -> i64 {
    let counts = COLUMNS.map(|(table, column)| format!("(SELECT COUNT(*) FROM {table} WHERE {column} = {end})"));
    let sum = AssertSqlSafe(format!("SELECT {}", counts.join(" + ")));
    match sqlite(database).await {
        Some(mut connection) => connection.fetch_one(sum).await.unwrap().get(0),
        None => postgres(database).await.fetch_one(sum).await.unwrap().get(0),
    }
}

/// Token requests of eight callers, half of which write, until it is over. How long each took.
struct Load {
    is_over: Arc<AtomicBool>,
    callers: Vec<tokio::task::JoinHandle<Vec<Duration>>>,
}

impl Load {
    async fn start(server: &TestServer) -> Self {
        let machine =
            json!({ "grant_types": ["client_credentials"], "response_types": [], "access_token_signed_response_alg": "ES256" });
        let (machine, app) = (server.client(machine).await, server.public().await);
        let mut load = Self { is_over: Arc::default(), callers: Vec::new() };
        for number in 0..8 {
            let asking = if number % 2 == 0 { &machine } else { &app };
            let (id, secret) = (asking.id.clone(), asking.secret.clone());
            let mut token = None;
            if secret.is_none() {
                let code = app.code(&Flow::openid().pkce()).await;
                token = Some(app.exchange_with(&code, &[("code_verifier", VERIFIER)]).await.text("refresh_token"));
            }
            let (server, is_over) = (server.clone(), load.is_over.clone());
            load.callers.push(tokio::spawn(async move {
                let asking = RelyingParty { server: &server, id, secret };
                let mut took = Vec::new();
                while !is_over.load(Ordering::Relaxed) {
                    let began = Instant::now();
                    let answer = match &token {
                        Some(token) => asking.refresh(token, &[]).await,
                        None => asking.token(&[("grant_type", "client_credentials")]).await,
                    };
                    took.push(began.elapsed());
                    token = token.map(|_| answer.assert_ok().text("refresh_token"));
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                took
            }));
        }
        load
    }

    /// The slowest of all, once they are told to stop.
    async fn stop(self, what: &str) -> Duration {
        self.is_over.store(true, Ordering::Relaxed);
        let mut took = Vec::new();
        for caller in self.callers {
            took.extend(caller.await.unwrap());
        }
        took.sort_unstable();
        let at = |part: usize| took[(took.len() * part / 100).min(took.len() - 1)];
        println!(
            "{what}: {} token requests, half of them {:.1?}, 99 % {:.1?}, the slowest {:.1?}",
            took.len(),
            at(50),
            at(99),
            at(100)
        );
        at(100)
    }
}

/// Purges so many rows beside a load, and says how long the slowest request took.
async fn purge(rows: u64) -> Duration {
    let server = TestServer::start_durable().await;
    let database = &server.app.config.database;
    let load = Load::start(&server).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    load.stop("before").await;
    for (rows, end) in [(rows, EXPIRED), (1000, ALIVE)] {
        fill(database, rows, end).await;
        assert_eq!(rows_that_end(database, end).await, i64::try_from(rows).unwrap());
    }
    let load = Load::start(&server).await;
    let began = Instant::now();
    while rows_that_end(database, EXPIRED).await > 0 {
        queue::run_if_due(&server.app, "node", JobKind::Purge).await.unwrap();
        server.wait(time::Duration::minutes(1));
    }
    println!("{rows} rows were purged in {:.0?}", began.elapsed());
    assert_eq!(rows_that_end(database, ALIVE).await, 1000);
    load.stop("beside").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rl_26_expired_rows_go_and_living_ones_stay_beside_token_requests() {
    purge(50_000).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes longer than a change should wait for: tests/run long"]
async fn rl_26_while_a_million_rows_are_purged_the_slowest_token_request_stays_under_100_ms() {
    let slowest = purge(1_000_000).await;
    assert!(slowest < Duration::from_millis(100), "{slowest:?}");
}
