//! More is asked than can be done: what costs most is turned away first, and the rest does not suffer.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration as Span, Instant},
};

use serde_json::json;
use tokio::{task::JoinSet, time::sleep};

use crate::support::{Browser, Flow, TestServer, browser::form};

/// As many passwords as the pool and its queue take, all the time, beside a machine that asks for tokens.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rl_23_a_storm_of_passwords_takes_nothing_from_the_token_endpoint() {
    let server =
        TestServer::start_with("login.hash_workers = 2\nlogin.hash_memory = 16384\nlogin.attempts_per_address = 1000000").await;
    let app = server.confidential().await;
    let machine = server.client(json!({ "grant_types": ["client_credentials"], "response_types": [] })).await;
    let sign_in = app.authorize_path(&Flow::openid());
    let is_over = Arc::new(AtomicBool::new(false));
    let mut storm = JoinSet::new();
    for name in 0..40 {
        let (server, is_over, sign_in) = (server.clone(), is_over.clone(), sign_in.clone());
        storm.spawn(async move {
            let mut guesses = 0;
            while !is_over.load(Ordering::Relaxed) {
                let mut browser = Browser::new(&server);
                let page = browser.visit(&sign_in).await;
                browser.sign_in(&page, &format!("nobody{name}-{guesses}"), "a guess").await;
                guesses += 1;
            }
            guesses
        });
    }
    let mut times = Vec::new();
    for _ in 0..200 {
        let began = Instant::now();
        machine.token(&[("grant_type", "client_credentials")]).await.assert_ok();
        times.push(began.elapsed());
        sleep(Span::from_millis(5)).await;
    }
    is_over.store(true, Ordering::Relaxed);
    let guesses: u32 = storm.join_all().await.into_iter().sum();
    times.sort_unstable();
    let (median, slowest) = (times[100], times[199]);
    println!("200 token requests beside {guesses} guesses: half of them within {median:?}, all within {slowest:?}");
    assert!(guesses > 40, "{guesses}");
    // Whoever waits for a hash waits for most of a second; the slowest of all tells about the machine.
    assert!(median < Span::from_millis(200), "{median:?}");
}

/// What came of guesses: how many were checked in a second, how many turned away, and the slowest but a hundredth of those checked.
struct Guessed {
    per_second: f64,
    turned_away: usize,
    p99: Span,
}

/// So many people who try again as soon as they are told no, and a little later when they are told to come back.
async fn guess(server: &TestServer, people: usize) -> Guessed {
    let sign_in = server.confidential().await.authorize_path(&Flow::openid());
    let mut forms = Vec::new();
    for name in 0..people {
        let mut browser = Browser::new(server);
        let page = browser.visit(&sign_in).await;
        let form = form(&page, "login-submit", &[("username", &format!("nobody{name}")), ("password", "a guess")]);
        forms.push((form, browser.cookie_header()));
    }
    let (began, span) = (Instant::now(), Span::from_secs(5));
    let people = forms.into_iter().map(|((action, fields), cookie)| {
        let server = server.clone();
        async move {
            let (mut checked, mut turned_away) = (Vec::new(), 0);
            while began.elapsed() < span {
                let asked = Instant::now();
                let answer = server.post_with(&action, &fields, &[("cookie", &cookie)]).await;
                match (answer.status, answer.reason) {
                    (400, Some("login.mismatch")) => checked.push(asked.elapsed()),
                    (503, Some("login.busy")) => {
                        assert_eq!(answer.header("retry-after"), "5");
                        turned_away += 1;
                        sleep(Span::from_millis(100)).await;
                    }
                    _ => panic!("{answer:?}"),
                }
            }
            (checked, turned_away)
        }
    });
    let (checked, turned_away): (Vec<_>, Vec<usize>) = people.collect::<JoinSet<_>>().join_all().await.into_iter().unzip();
    let mut checked = checked.concat();
    checked.sort_unstable();
    Guessed {
        per_second: checked.len() as f64 / began.elapsed().as_secs_f64(),
        turned_away: turned_away.iter().sum(),
        p99: checked[checked.len() * 99 / 100],
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes longer than a change should wait for, and a machine that does nothing else: tests/run long"]
async fn rl_22_five_times_too_many_sign_ins_are_turned_away_early_and_the_rest_go_on() {
    let settings = "login.hash_workers = 1\nlogin.hash_queue = 7\nlogin.hash_memory = 32768\nlogin.hash_passes = 2\n\
                    login.attempts = 1000\nlogin.attempts_per_address = 1000000";
    let server = TestServer::start_with(settings).await;
    let peak = guess(&server, 8).await;
    assert_eq!(peak.turned_away, 0);
    let is_over = Arc::new(AtomicBool::new(false));
    let probes = tokio::spawn({
        let (server, is_over) = (server.clone(), is_over.clone());
        async move {
            while !is_over.load(Ordering::Relaxed) {
                for probe in ["/healthz", "/readyz"] {
                    let asked = Instant::now();
                    assert_eq!(server.get(probe).await.status, 200);
                    assert!(asked.elapsed() < Span::from_secs(1), "{probe}: {:?}", asked.elapsed());
                }
                sleep(Span::from_millis(50)).await;
            }
        }
    });
    let crowded = guess(&server, 40).await;
    is_over.store(true, Ordering::Relaxed);
    probes.await.unwrap();
    let share = crowded.per_second / peak.per_second;
    println!(
        "sign-ins: {:.0} a second at most, {share:.2} of that with five times as many people, of whom {} were turned away; \
         99 of 100 took {:?}, before {:?}",
        peak.per_second, crowded.turned_away, crowded.p99, peak.p99
    );
    assert!(crowded.turned_away > 100, "{}", crowded.turned_away);
    assert!(share >= 0.9, "{share}");
    assert!(crowded.p99 < 2 * peak.p99, "{:?}", crowded.p99);
}
