//! PostgreSQL that is not there: yet, for a moment, or for good. Without a PostgreSQL server these cases have nothing to say.

use std::{
    thread,
    time::{Duration, Instant},
};

use crate::{
    cli::program::{Program, Server},
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
