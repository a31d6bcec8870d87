//! What time tells: whether an account or a client exists. Classes are asked in turn, and the ranks of their durations compared.

use std::time::Instant;

use serde_json::json;

use crate::support::{Answer, Browser, Counts, Flow, TestServer, browser::form, relying_party::basic, server::PASSWORD};

/// How often something is asked of each class, at least.
const SAMPLES: usize = 2_000;
/// The chance that a sample of one class is slower than one of the other; a half tells nothing.
const TELLING: f64 = 0.55;

/// The area under the curve of a test that tells two classes apart by their ranks (Mann and Whitney), the better way round.
fn auc(one: &[u128], other: &[u128]) -> f64 {
    let mut all: Vec<(u128, bool)> =
        one.iter().map(|time| (*time, true)).chain(other.iter().map(|time| (*time, false))).collect();
    all.sort_unstable();
    let (mut ranks, mut start) = (0.0, 0);
    while start < all.len() {
        let end = start + all[start..].iter().take_while(|(time, _)| *time == all[start].0).count();
        let shared = (start + 1 + end) as f64 / 2.0;
        ranks += shared * all[start..end].iter().filter(|(_, is_one)| *is_one).count() as f64;
        start = end;
    }
    let (ones, others) = (one.len() as f64, other.len() as f64);
    let area = (ranks - ones * (ones + 1.0) / 2.0) / (ones * others);
    area.max(1.0 - area)
}

#[test]
fn the_area_is_a_half_for_equals_and_one_for_what_can_be_told_apart() {
    let even: Vec<u128> = (0..1000).map(|time| time % 97).collect();
    assert!(auc(&even, &even) < 0.501);
    let later: Vec<u128> = even.iter().map(|time| time + 1_000).collect();
    assert!(auc(&even, &later) > 0.999 && auc(&later, &even) > 0.999);
    let slightly: Vec<u128> = even.iter().map(|time| time + 20).collect();
    assert!(auc(&even, &slightly) > TELLING);
}

/// Durations of each class, asked in turn, without the first tenth.
async fn measure<const N: usize>(samples: usize, mut ask: impl AsyncFnMut(usize) -> Answer) -> [Vec<u128>; N] {
    let mut times = [const { Vec::new() }; N];
    for round in 0..samples + samples / 10 {
        for turn in 0..N {
            // Nobody is always the first.
            let class = (turn + round) % N;
            let began = Instant::now();
            ask(class).await;
            if round >= samples / 10 {
                times[class].push(began.elapsed().as_nanos());
            }
        }
    }
    times
}

#[tokio::test]
#[ignore = "takes longer than a change should wait for: tests/run long"]
async fn se_11_time_does_not_tell_whether_an_account_exists() {
    let settings = "login.attempts = 1000\nlogin.attempts_per_address = 1000000\nlogin.attempts_window = \"1s\"\n\
                    login.hash_memory = 8192\nlogin.hash_passes = 2";
    let server = TestServer::start_with(settings).await;
    // Hashed at the cost that is set here.
    for name in ["ada", "grace"] {
        server.change_password(name, PASSWORD).await;
    }
    server.disable("grace").await;
    let app = server.confidential().await;
    let mut browser = Browser::new(&server);
    let page = browser.visit(&app.authorize_path(&Flow::openid())).await;
    let cases =
        ["ada", "nobody", "grace"].map(|name| form(&page, "login-submit", &[("username", name), ("password", "wrong wrong")]));
    let mut asked = 0;
    let [known, unknown, disabled] = measure(SAMPLES, async |class| {
        asked += 1;
        if asked % 1000 == 0 {
            server.wait(time::Duration::seconds(2)); // the next window
        }
        let (action, fields) = &cases[class];
        let answer = browser.post(action, fields).await;
        assert_eq!(answer.reason, Some("login.mismatch"));
        answer
    })
    .await;
    for (name, other) in [("unknown", unknown), ("disabled", disabled)] {
        let area = auc(&known, &other);
        println!("sign-in, known and {name} account: AUC {area:.3} with {SAMPLES} samples of each");
        assert!(area <= TELLING, "{name}: {area}");
    }
}

#[tokio::test]
#[ignore = "takes longer than a change should wait for: tests/run long"]
async fn ca_01_time_does_not_tell_whether_a_client_exists() {
    let server = TestServer::start_with("limits.client_failures = 1000000").await;
    let app = server.client(json!({ "grant_types": ["client_credentials"], "response_types": [] })).await;
    let headers = [basic(&app.id, "wrong"), basic("client_01k3gk0000e008000000000000", "wrong")];
    let [known, unknown] = measure(SAMPLES * 5, async |class| {
        let headers = [("authorization", headers[class].as_str())];
        let answer = server.post_with("/oauth/token", &[("grant_type", "client_credentials")], &headers).await;
        assert_eq!(answer.status, 401);
        answer
    })
    .await;
    let area = auc(&known, &unknown);
    println!("client authentication, known and unknown client: AUC {area:.3} with {} samples of each", SAMPLES * 5);
    assert!(area <= TELLING, "{area}");
}

#[tokio::test]
async fn se_11_a_password_is_hashed_once_whoever_it_is_for() {
    let counts = Counts::begin();
    let server = TestServer::start().await;
    server.disable("grace").await;
    let app = server.confidential().await;
    let mut browser = Browser::new(&server);
    let page = browser.visit(&app.authorize_path(&Flow::openid())).await;
    for (name, password, status) in
        [("ada", "wrong", 400), ("nobody", "wrong", 400), ("grace", PASSWORD, 400), ("", "", 400), ("ada", PASSWORD, 303)]
    {
        let before = counts.of("keyward_hashes_total");
        let (action, fields) = form(&page, "login-submit", &[("username", name), ("password", password)]);
        assert_eq!(browser.post(&action, &fields).await.status, status, "{name}");
        assert_eq!(counts.of("keyward_hashes_total"), before + 1, "{name}");
    }
}
