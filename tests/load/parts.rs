//! The parts that bound an operation, each measured alone on the server's core: H a bare form POST that answers 800 bytes of JSON,
//! S and E one RS256 and ES256 signature, V one RS256 verification, R one point read from the pool, W one durable unit of work of the
//! redemption's shape under as many callers as there are connections.

use std::{
    fs,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use keyward::{
    app::{App, assemble::Schemas, clock::Clock, randomness::Randomness},
    config::{Config, environment::Environment},
    model::{
        fault::{Failure, Fault},
        id::RefreshTokenId,
        names::Algorithm,
        secret::Presented,
        token::{RefreshToken, RefreshUse},
    },
    protocol::jose::jws,
    storage,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::wire::CONNECTIONS;

pub const BARE: &str = "127.0.0.1:18932";

/// Seconds.
#[derive(Serialize, Deserialize)]
pub struct Parts {
    /// Measured from the other side.
    pub h: f64,
    pub s: f64,
    pub e: f64,
    pub v: f64,
    pub r: f64,
    pub w: f64,
}

/// Runs until it is killed.
pub async fn bare() {
    let answer = || async {
        let body = format!("{{\"a\":\"{}\"}}", "x".repeat(792));
        ([("content-type", "application/json"), ("cache-control", "no-store")], body)
    };
    let route = axum::routing::post(move |axum::Form(_): axum::Form<Vec<(String, String)>>| answer()).get(|| async { "" });
    axum::serve(tokio::net::TcpListener::bind(BARE).await.unwrap(), axum::Router::new().route("/", route)).await.unwrap();
}

/// Measures on the server's own database, spending the codes that the file `codes` beside it holds.
pub async fn core(folder: &str) {
    let config = Config::load(None, &Environment::default(), vec![("data_dir", folder.to_owned())]).unwrap();
    let app = App::assemble(config, Clock::system(), Randomness::system(), Schemas::MakeNew).await.unwrap();
    let now = app.clock.now();
    let claims = json!({ "iss": "http://127.0.0.1:8080", "sub": "x".repeat(30), "aud": "y".repeat(40), "jti": "z".repeat(30),
        "scope": "openid email profile", "exp": 1 });
    let sign = |algorithm| {
        let signer = app.keys.signer(algorithm, now).unwrap();
        seconds_each(1500, || drop(jws::sign(None, &signer, &claims).unwrap()))
    };
    let (s, e) = (sign(Algorithm::RS256), sign(Algorithm::ES256));
    let signer = app.keys.signer(Algorithm::RS256, now).unwrap();
    let token = jws::sign(None, &signer, &claims).unwrap();
    let (message, signature) = token.rsplit_once('.').unwrap();
    let key = app.keys.verifier(&signer.kid, now).unwrap();
    let v = seconds_each(10_000, || assert!(key.is_signature(message.as_bytes(), signature)));
    let codes = fs::read_to_string(format!("{folder}/codes")).unwrap();
    let codes: Vec<_> = codes.lines().map(|code| Presented::parse("ac", code).unwrap()).collect();
    let r = all(&app, &codes, |app, code| async move {
        assert!(storage::codes::find(&app.store.db(), &code).await.unwrap().is_some());
    });
    let r = r.await;
    let w = all(&app, &codes, |app, code| async move { redeem(&app, &code).await.unwrap() }).await;
    fs::write(format!("{folder}/parts"), serde_json::to_vec(&Parts { h: 0.0, s, e, v, r, w }).unwrap()).unwrap();
}

fn seconds_each(count: u32, mut work: impl FnMut()) -> f64 {
    let started = Instant::now();
    (0..count).for_each(|_| work());
    (started.elapsed() / count).as_secs_f64()
}

/// Does something with each of the codes, many at a time. Seconds for each.
async fn all<F: Future<Output = ()> + Send + 'static>(
    app: &App,
    codes: &[Presented],
    work: impl Fn(App, Presented) -> F + Copy + Send + 'static,
) -> f64 {
    let (queue, started) = (Arc::new(Mutex::new(codes.to_vec())), Instant::now());
    let callers = (0..CONNECTIONS).map(|_| {
        let (app, queue) = (app.clone(), queue.clone());
        tokio::spawn(async move {
            let next = || queue.lock().unwrap().pop();
            while let Some(code) = next() {
                work(app.clone(), code).await;
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.unwrap();
    }
    started.elapsed().as_secs_f64() / codes.len() as f64
}

async fn redeem(app: &App, presented: &Presented) -> Result<(), Failure<Fault>> {
    let now = app.clock.now();
    let write = |tx: storage::Tx| async move {
        let code = storage::codes::find(&tx, presented).await?.unwrap();
        storage::grants::liveness(&tx, code.grant_id, None).await?.unwrap();
        let _ = storage::codes::consume(&tx, presented, now).await?;
        let id = RefreshTokenId(app.randomness.uuid_v7(now));
        let end = now + Duration::from_secs(30 * 24 * 60 * 60);
        let token = RefreshToken {
            id,
            digest: app.randomness.credential(RefreshTokenId::PREFIX, id.0).1,
            tenant: code.tenant,
            grant_id: code.grant_id,
            client_id: code.client_id,
            issued_at: now,
            idle_expires_at: end,
            absolute_expires_at: end,
            use_state: RefreshUse::Unused,
        };
        Ok(storage::refresh_tokens::insert(&tx, &token).await?)
    };
    app.store.write("load.redemption", write).await
}
