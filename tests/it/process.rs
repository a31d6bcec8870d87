//! The process among others: told to stop, started twice, ended in the midst of a migration, beside someone who holds the database's lock.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use sqlx::{Connection, Executor, SqliteConnection, sqlite::SqliteConnectOptions};

use crate::{
    cli::program::{Program, Server},
    kill::Machine,
};

/// A request whose form is not complete yet.
fn slow_request(program: &Program, form: &str) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", program.port)).unwrap();
    let head = "POST /oauth/token HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/x-www-form-urlencoded\r\n";
    write!(stream, "{head}content-length: {}\r\n\r\n", form.len() + 1).unwrap();
    stream.write_all(form.as_bytes()).unwrap();
    // It is with a handler by now.
    thread::sleep(Duration::from_millis(300));
    stream
}

#[test]
fn rl_21_a_request_under_way_is_answered_after_sigterm_and_no_new_one_is_taken() {
    let program = Program::new();
    let server = program.serve();
    let mut slow = slow_request(&program, "grant_type=client_credential");
    server.terminate();
    thread::sleep(Duration::from_secs(1));
    assert!(TcpStream::connect(("127.0.0.1", program.port)).is_err(), "a new connection was taken");
    slow.write_all(b"s").unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 401") && answer.contains("invalid_client"), "{answer}");
    assert_eq!(server.end(Duration::from_secs(2)), Some(0));
}

#[test]
fn rl_21_a_request_that_never_ends_holds_the_exit_up_for_ten_seconds_at_most() {
    let program = Program::new();
    let server = program.serve();
    let _slow = slow_request(&program, "grant_type=");
    let _idle = TcpStream::connect(("127.0.0.1", program.port)).unwrap();
    server.terminate();
    let told = Instant::now();
    assert_eq!(server.end(Duration::from_secs(10)), Some(0));
    println!("it ended {:.1?} after it was told", told.elapsed());
}

#[test]
fn rl_21_a_second_sigterm_ends_it_at_once() {
    let program = Program::new();
    let server = program.serve();
    let _slow = slow_request(&program, "grant_type=");
    server.terminate();
    thread::sleep(Duration::from_millis(500));
    server.terminate();
    assert_eq!(server.end(Duration::from_secs(1)), Some(130));
}

/// Its log goes into a pipe that nobody reads, which holds 64 KiB; more is told than is kept in hand.
#[test]
fn rl_34_nobody_waits_for_a_log_that_is_not_read() {
    let program = Program::new();
    let config = program.file("keyward.toml", "log.level = \"debug\"\n");
    let server = Server::of(program.spawn(&["serve", "--config", &config]), &program);
    for _ in 0..6000 {
        let (status, answer) = server.post("/oauth/token", "grant_type=client_credentials&client_id=nobody");
        assert!(matches!(status, 401 | 429), "{answer}");
    }
    server.stop();
}

fn is_whole_or_not_there(status: &str) -> bool {
    status.starts_with("current") || status.starts_with("empty")
}

#[test]
fn rl_04_processes_that_migrate_at_once_make_one_schema() {
    let program = Program::on_test_database();
    thread::scope(|scope| {
        let all: Vec<_> = (0..4).map(|_| scope.spawn(|| program.run(&["migrate", "up"]))).collect();
        for one in all {
            assert!(one.join().unwrap().ok().starts_with("current"));
        }
    });
    program.run(&["org", "create", "--name", "Acme"]).ok();
}

#[test]
fn rl_04_a_migration_that_is_killed_leaves_the_schema_whole_or_as_it_was() {
    let (mut is_empty, mut is_current) = (0, 0);
    for pause in (0..12).map(|step| Duration::from_millis(step * 12)) {
        let program = Program::on_test_database();
        let mut migration = program.spawn(&["migrate", "up"]);
        thread::sleep(pause);
        migration.kill().unwrap();
        migration.wait().unwrap();
        let status = program.run(&["migrate", "status"]).ok();
        assert!(is_whole_or_not_there(&status), "{status}");
        is_empty += usize::from(status.starts_with("empty"));
        is_current += usize::from(status.starts_with("current"));
        assert!(program.run(&["migrate", "up"]).ok().starts_with("current"));
    }
    println!("killed 12 times: {is_empty} times nothing was there, {is_current} times everything");
    assert!(is_empty > 0);
}

/// The lock of a SQLite file, held by someone else for so long.
fn hold_lock(program: &Program, span: Duration) {
    let options = SqliteConnectOptions::new().filename(program.path("data/keyward.db"));
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        connection.execute("BEGIN IMMEDIATE").await.unwrap();
        tokio::time::sleep(span).await;
        connection.execute("ROLLBACK").await.unwrap();
        connection.close().await.unwrap();
    });
}

#[test]
fn rl_06_behind_another_process_s_lock_writes_wait_then_are_503_and_reads_go_on() {
    let program = Program::new();
    let machine = Machine::make(&program);
    let server = program.serve();
    let token = machine.token(&server).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| hold_lock(&program, Duration::from_secs(2)));
        thread::sleep(Duration::from_millis(300));
        let began = Instant::now();
        machine.token(&server).expect("a short lock is waited for");
        assert!(began.elapsed() > Duration::from_secs(1), "nobody held the lock");
    });
    thread::scope(|scope| {
        scope.spawn(|| hold_lock(&program, Duration::from_secs(13)));
        thread::sleep(Duration::from_millis(300));
        let writing = scope.spawn(|| {
            let began = Instant::now();
            (machine.ask(&server, "/oauth/token", "grant_type=client_credentials").unwrap(), began.elapsed())
        });
        assert!(machine.is_active(&server, &token));
        assert_eq!(server.get("/.well-known/jwks.json").0, 200);
        let (answer, took) = writing.join().unwrap();
        assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("\r\nretry-after: "), "{answer}");
        assert!(took < Duration::from_secs(12), "{took:?}");
    });
    machine.token(&server).expect("the lock is gone");
}

#[test]
fn rl_06_a_deleted_shared_memory_file_loses_nothing() {
    let program = Program::new();
    let machine = Machine::make(&program);
    let server = program.serve();
    let mut acknowledged = vec![machine.token(&server).unwrap()];
    fs::remove_file(program.path("data/keyward.db-shm")).unwrap();
    acknowledged.extend((0..50).map(|_| machine.token(&server).unwrap()));
    server.kill();
    let server = program.serve();
    assert!(acknowledged.iter().all(|token| machine.is_active(&server, token)), "an acknowledged token is lost");
    machine.token(&server).unwrap();
}
