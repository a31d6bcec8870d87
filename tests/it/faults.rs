//! What goes wrong inside one process: panics, callers who hang up, a clock that jumps.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration as Span, Instant},
};

use axum::extract::State;
use keyward::{
    app::App,
    http::router,
    model::{fault::Failure, id::AccessTokenId, job::JobKind},
    services::queue,
    storage::{Inserted, revoked_tokens},
};
use serde_json::json;
use time::Duration;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::support::{Browser, Flow, TestServer, server::BEGINNING};

/// Marks a token as revoked, and comes to grief before it is over.
async fn panics(State(app): State<App>) -> &'static str {
    let marked = app.store.write("test", |tx| async move {
        let marked = revoked_tokens::insert(&tx, AccessTokenId(Uuid::nil()), BEGINNING).await?;
        assert!(marked == Inserted::Exists, "as a test wants it");
        Ok::<_, Failure<()>>(())
    });
    marked.await.unwrap();
    "it did not panic"
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rl_25_a_panic_is_500_with_an_id_and_costs_nobody_else_anything() {
    let server = TestServer::start().await.with_routes(vec![router::extra_get("/panics", panics)]);
    let app = server.public().await;
    let mut token = app.tokens(&Flow::openid().pkce()).await.text("refresh_token");
    // More often than there are connections to lose.
    for _ in 0..30 {
        let (panicked, refreshed) = tokio::join!(server.get("/panics"), app.refresh(&token, &[]));
        assert_eq!(panicked.status, 500, "{panicked:?}");
        assert!(panicked.header("x-request-id").starts_with("req_"), "{panicked:?}");
        token = refreshed.assert_ok().text("refresh_token");
    }
    assert!(!revoked_tokens::is_revoked(&server.app.store.db(), AccessTokenId(Uuid::nil())).await.unwrap());
    assert_eq!(server.get("/readyz").await.status, 200);
}

static FINISHED: AtomicUsize = AtomicUsize::new(0);

async fn takes_its_time() -> &'static str {
    sleep(Span::from_millis(100)).await;
    FINISHED.fetch_add(1, Ordering::Relaxed);
    "done"
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rl_24_what_was_begun_for_a_caller_who_hangs_up_is_finished() {
    let server = TestServer::start().await.with_routes(vec![router::extra_get("/slow", takes_its_time)]);
    for _ in 0..20 {
        assert!(timeout(Span::from_millis(10), server.get("/slow")).await.is_err());
    }
    sleep(Span::from_millis(500)).await;
    assert_eq!(FINISHED.load(Ordering::Relaxed), 20);
}

/// Hangs up after a while, to the microsecond. Was that before the answer?
async fn is_cut_off<T>(request: impl Future<Output = T>, after: Span) -> bool {
    let began = Instant::now();
    let patience = async {
        while began.elapsed() < after {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = request => false,
        () = patience => true,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rl_24_callers_who_hang_up_at_any_moment_leave_families_whole() {
    let server = TestServer::start().await;
    let app = server.public().await;
    let mut token = app.tokens(&Flow::openid().pkce()).await.text("refresh_token");
    let began = Instant::now();
    token = app.refresh(&token, &[]).await.assert_ok().text("refresh_token");
    let whole = began.elapsed();
    sleep(Span::from_millis(100)).await;
    let tasks = tokio::runtime::Handle::current().metrics();
    let (quiet, mut cut) = (tasks.num_alive_tasks(), 0);
    for round in 0..400_u32 {
        // From before the first step of the request to after its last.
        cut += u32::from(is_cut_off(app.refresh(&token, &[]), whole * (round % 40) / 30).await);
        // What was begun comes to its end: if it did so after the next use of its successor, it would look like theft.
        while tasks.num_alive_tasks() > quiet {
            sleep(Span::from_millis(1)).await;
        }
        // Whether or not the first answer was made, this is the retry of a client that did not get it.
        token = app.refresh(&token, &[]).await.assert_ok().text("refresh_token");
    }
    println!("{cut} of 400 were cut off");
    assert!(cut > 50, "{cut}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rl_24_callers_who_hang_up_at_a_password_give_their_places_back() {
    let server = TestServer::start().await;
    let app = server.public().await;
    let sign_in = app.authorize_path(&Flow::openid().pkce());
    // More than the pool and its queue have places.
    let mut cut = 0;
    for round in 0..90_u64 {
        let mut browser = Browser::new(&server);
        let page = browser.visit(&sign_in).await;
        let name = format!("nobody{round}");
        let guess = browser.sign_in(&page, &name, "a guess");
        cut += u32::from(is_cut_off(guess, Span::from_micros(round * 50)).await);
    }
    println!("{cut} of 90 were cut off");
    assert!(cut > 10, "{cut}");
    app.tokens(&Flow::openid().pkce()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rl_13_a_clock_that_jumps_revives_nothing_and_stops_nothing() {
    let server = TestServer::start().await;
    server.wait(Duration::hours(2));
    let (app, public) = (server.confidential().await, server.public().await);
    let opaque = server
        .client(json!({ "grant_types": ["client_credentials"], "response_types": [], "access_token_format": "opaque" }))
        .await;
    let jobs = async || {
        for kind in JobKind::ALL {
            queue::run_if_due(&server.app, "node", *kind).await.unwrap();
        }
    };
    for jump in [Duration::hours(1), -Duration::hours(1), Duration::ZERO, -Duration::hours(2), Duration::days(365 * 13)] {
        let jwt = app.tokens(&Flow::openid()).await.text("access_token");
        let token = opaque.token(&[("grant_type", "client_credentials")]).await.text("access_token");
        let code = app.code(&Flow::openid()).await;
        server.wait(jump);
        jobs().await;
        // What has expired by the clock of now is dead, and what has not lives.
        let is_alive = jump < Duration::hours(1);
        assert_eq!(opaque.introspect(&token).await.json()["active"], is_alive, "{jump}");
        // A JWT that will only be issued by the clock of now is not taken either.
        assert_eq!(server.userinfo(&jwt).await.status, if jump == Duration::ZERO { 200 } else { 401 }, "{jump}");
        assert_eq!(app.exchange(&code).await.status, if is_alive { 200 } else { 400 }, "{jump}");
        // Everything can be had anew, and says the time of now.
        let fresh = public.tokens(&Flow::openid().pkce()).await.text("access_token");
        assert_eq!(server.claims(&fresh)["iat"], server.now(), "{jump}");
        assert_eq!(server.userinfo(&fresh).await.status, 200, "{jump}");
        assert_eq!(server.get("/readyz").await.status, 200, "{jump}");
    }
}
