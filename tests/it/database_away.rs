//! PostgreSQL that is not there: yet, for a moment, or for good. Without a PostgreSQL server these cases have nothing to say.

use std::{
    thread,
    time::{Duration, Instant},
};

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::{
    cli::program::{Program, Server},
    kill::Machine,
    support::{database, proxy::Proxy},
};

/// A new database, and the one way to it, shut.
fn out_of_reach() -> Option<(Program, Proxy)> {
    database::postgres()?;
    let mut program = Program::on_test_database();
    let mut url = url::Url::parse(program.database_url.as_ref().unwrap()).unwrap();
    let proxy = Proxy::to(format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5432)));
    url.set_host(Some("127.0.0.1")).unwrap();
    url.set_port(Some(proxy.port)).unwrap();
    program.database_url = Some(url.into());
    Some((program, proxy))
}

#[track_caller]
fn within(limit: Duration, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < limit, "not within {limit:?}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// Runs statements on a session of its own, and holds what they locked for as long.
fn on_server(program: &Program, statements: &str, hold: Duration) {
    let url = program.database_url.as_ref().unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let mut connection = PgConnection::connect(url).await.unwrap();
        connection.execute(AssertSqlSafe(statements)).await.unwrap();
        tokio::time::sleep(hold).await;
        connection.close().await.unwrap();
    });
}

const END_OTHER_SESSIONS: &str =
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";

fn is_unavailable(answer: &str) -> bool {
    answer.starts_with("HTTP/1.1 503") && answer.contains("\r\nretry-after: ")
}

fn is_ready(server: &Server) -> bool {
    server.try_request("GET", "/readyz", "", "").is_some_and(|answer| answer.starts_with("HTTP/1.1 200"))
}

#[test]
fn rl_35_a_server_waits_for_its_database_and_goes_on_by_itself() {
    let Some((program, mut proxy)) = out_of_reach() else { return };
    let server = program.serve();
    assert_eq!(server.get("/healthz").0, 200);
    let token = server.request("POST", "/oauth/token", "", "grant_type=client_credentials");
    let others = ["/readyz", "/.well-known/jwks.json", "/.well-known/openid-configuration", "/login", "/nothing"];
    for answer in others.map(|path| server.get(path).1).iter().chain([&token]) {
        assert!(is_unavailable(answer), "{answer}");
    }
    thread::sleep(Duration::from_secs(2));
    let told = program.log().matches("does not answer yet").count();
    assert!((1..6).contains(&told), "{}", program.log());

    proxy.open();
    within(Duration::from_secs(15), || is_ready(&server));
    assert_eq!(server.get("/.well-known/jwks.json").0, 200);
    assert_eq!(server.get("/nothing").0, 404);
    server.stop();
}

#[test]
fn rl_35_a_waiting_server_ends_when_told() {
    let Some((program, _proxy)) = out_of_reach() else { return };
    let server = program.serve();
    let began = Instant::now();
    server.stop();
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
}

#[test]
fn rl_35_what_waiting_cannot_cure_ends_the_server_at_once() {
    let Some((program, mut proxy)) = out_of_reach() else { return };
    proxy.open();
    program.run(&["org", "create", "--name", "Acme"]).ok();
    let url = url::Url::parse(program.database_url.as_ref().unwrap()).unwrap();
    let (mut wrong_password, mut no_such_database) = (url.clone(), url.clone());
    wrong_password.set_password(Some("not this one")).unwrap();
    no_such_database.set_path("/no_such_database");
    let serve = format!("timeout 20 {} serve", env!("CARGO_BIN_EXE_keyward"));
    for (setting, message) in [
        (format!("DATABASE_URL='{wrong_password}'"), "password"),
        (format!("DATABASE_URL='{no_such_database}'"), "no_such_database"),
        ("KEYWARD_MASTER_KEY='another master key that is long enough'".to_owned(), "`master_key`"),
        ("DATABASE_URL=sqlite:///no/such/folder/keyward.db".to_owned(), "database file"),
    ] {
        let run = program.shell(&format!("{setting} {serve}"));
        assert!(run.status == 1 && run.error.contains(message), "{setting}: {run:?}");
    }
    // The control: with its own settings it serves.
    let server = program.serve();
    within(Duration::from_secs(10), || is_ready(&server));
}

#[test]
fn rl_08_a_database_that_goes_away_is_503_and_comes_back_by_itself() {
    let Some((program, mut proxy)) = out_of_reach() else { return };
    proxy.open();
    let server = program.serve();
    within(Duration::from_secs(10), || is_ready(&server));
    for _ in 0..2 {
        proxy.shut();
        let began = Instant::now();
        let answer = server.request("POST", "/oauth/token", "", "client_id=a&grant_type=client_credentials");
        assert!(is_unavailable(&answer), "{answer}");
        assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
        assert_eq!((server.get("/healthz").0, server.get("/.well-known/jwks.json").0), (200, 200));
        within(Duration::from_secs(5), || server.get("/readyz").0 == 503);
        proxy.open();
        within(Duration::from_secs(2), || is_ready(&server));
    }
    server.stop();
}

#[test]
fn rl_08_rl_11_a_database_that_stands_still_is_503_and_comes_back_by_itself() {
    let Some((program, mut proxy)) = out_of_reach() else { return };
    proxy.open();
    let machine = Machine::make(&program);
    let server = program.serve();
    within(Duration::from_secs(10), || is_ready(&server));
    machine.token(&server).unwrap();
    proxy.freeze();
    thread::scope(|scope| {
        for _ in 0..10 {
            scope.spawn(|| {
                let began = Instant::now();
                let answer = machine.ask(&server, "/oauth/token", "grant_type=client_credentials").unwrap();
                assert!(is_unavailable(&answer), "{answer}");
                assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
            });
        }
    });
    assert_eq!(server.get("/healthz").0, 200);
    proxy.thaw();
    within(Duration::from_secs(3), || is_ready(&server));
    machine.token(&server).unwrap();
}

#[test]
fn rl_08_sessions_that_the_server_ends_cost_a_503_at_most() {
    if database::postgres().is_none() {
        return;
    }
    let program = Program::on_test_database();
    let machine = Machine::make(&program);
    let server = program.serve();
    let (mut acknowledged, mut refused) = (Vec::new(), 0);
    for _ in 0..5 {
        on_server(&program, END_OTHER_SESSIONS, Duration::ZERO);
        let ended = Instant::now();
        while ended.elapsed() < Duration::from_secs(1) {
            let answer = machine.ask(&server, "/oauth/token", "grant_type=client_credentials").unwrap();
            match machine.token_in(&answer) {
                Some(token) => acknowledged.push(token),
                None => refused += usize::from(is_unavailable(&answer)),
            }
        }
        acknowledged.push(machine.token(&server).expect("a second later all is well"));
    }
    println!("{} tokens, {refused} answers of 503", acknowledged.len());
    assert!(acknowledged.iter().all(|token| machine.is_active(&server, token)), "an acknowledged token is lost");
}

#[test]
fn rl_03_a_start_on_a_database_whose_commits_can_be_lost_is_warned_of() {
    if database::postgres().is_none() {
        return;
    }
    let program = Program::on_test_database();
    for (setting, is_warned_of) in [("on", false), ("off", true)] {
        let alter = "EXECUTE 'ALTER DATABASE ' || current_database() || ' SET synchronous_commit = ";
        on_server(&program, &format!("DO $$ BEGIN {alter}{setting}'; END $$"), Duration::ZERO);
        program.serve().stop();
        assert_eq!(program.log().contains("loss of power"), is_warned_of, "{}", program.log());
    }
}

#[test]
fn rl_09_a_database_that_only_reads_is_503_for_writes() {
    if database::postgres().is_none() {
        return;
    }
    let program = Program::on_test_database();
    let machine = Machine::make(&program);
    let server = program.serve();
    let token = machine.token(&server).unwrap();
    for (setting, is_read_only) in [("on", true), ("off", false)] {
        let alter = "EXECUTE 'ALTER DATABASE ' || current_database() || ' SET default_transaction_read_only = ";
        let set = format!("SET transaction_read_only = off; DO $$ BEGIN {alter}{setting}'; END $$; {END_OTHER_SESSIONS}");
        on_server(&program, &set, Duration::ZERO);
        within(Duration::from_secs(3), || server.get("/oauth/authorize?client_id=a").0 == 400);
        let answer = machine.ask(&server, "/oauth/token", "grant_type=client_credentials").unwrap();
        assert!(if is_read_only { is_unavailable(&answer) } else { machine.token_in(&answer).is_some() }, "{answer}");
        within(Duration::from_secs(3), || server.get("/readyz").0 == if is_read_only { 503 } else { 200 });
        assert!(machine.is_active(&server, &token));
    }
}

#[test]
fn rl_10_requests_behind_a_lock_are_refused_in_time_and_leave_no_connection_behind() {
    if database::postgres().is_none() {
        return;
    }
    let program = Program::on_test_database();
    let machine = Machine::make(&program);
    let server = program.serve();
    machine.token(&server).unwrap();
    thread::scope(|scope| {
        let lock = "BEGIN; LOCK TABLE access_tokens IN ACCESS EXCLUSIVE MODE";
        scope.spawn(|| on_server(&program, lock, Duration::from_secs(6)));
        thread::sleep(Duration::from_millis(500));
        let crowd: Vec<_> = (0..40)
            .map(|_| {
                scope.spawn(|| {
                    let began = Instant::now();
                    let answer = machine.ask(&server, "/oauth/token", "grant_type=client_credentials").unwrap();
                    (is_unavailable(&answer), began.elapsed())
                })
            })
            .collect();
        for one in crowd {
            let (is_refused, took) = one.join().unwrap();
            assert!(is_refused && took < Duration::from_secs(5), "{is_refused} {took:?}");
        }
        assert_eq!(server.get("/healthz").0, 200);
    });
    for _ in 0..20 {
        machine.token(&server).expect("the lock is gone");
    }
}
