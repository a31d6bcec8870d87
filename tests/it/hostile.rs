//! Connections that cost their maker nothing: idle, slow, oversized, too many.

use std::{
    io::{Read, Write},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use crate::cli::program::{Program, Server};

const FORM: &str = "POST /oauth/token HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/x-www-form-urlencoded\r\n";

fn open(program: &Program, begin: &str) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", program.port)).unwrap();
    stream.write_all(begin.as_bytes()).unwrap();
    stream
}

/// All that comes until the server closes. None: it keeps the connection.
fn rest(stream: &mut TcpStream, limit: Duration) -> Option<String> {
    stream.set_read_timeout(Some(limit)).unwrap();
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => None,
        // Reset is as good as closed.
        _ => Some(String::from_utf8_lossy(&answer).into_owned()),
    }
}

fn is_quick(server: &Server) -> bool {
    let began = Instant::now();
    let answer = server.try_request("GET", "/.well-known/jwks.json", "", "");
    answer.is_some_and(|answer| answer.starts_with("HTTP/1.1 200")) && began.elapsed() < Duration::from_secs(2)
}

#[test]
fn rl_14_connections_that_do_not_come_to_the_point_are_cut_and_hold_nobody_up() {
    let program = Program::new();
    let server = program.serve();
    let begun = [
        "".to_owned(),
        "GET /healthz HT".to_owned(),
        format!("{FORM}content-length: 1"),
        format!("{FORM}content-length: 9\r\n\r\ngrant"),
    ];
    let mut slow: Vec<_> = (0..400).map(|number| open(&program, &begun[number % begun.len()])).collect();
    // One more byte every second is no progress.
    let mut dripping = open(&program, FORM);
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(11) {
        assert!(is_quick(&server));
        let _ = dripping.write_all(b"x");
        thread::sleep(Duration::from_secs(1));
    }
    let kept = slow.iter_mut().chain([&mut dripping]).enumerate();
    let kept: Vec<_> =
        kept.filter_map(|(number, stream)| rest(stream, Duration::from_secs(2)).is_none().then_some(number % 4)).collect();
    assert!(kept.is_empty(), "{} are kept: {kept:?}", kept.len());
    assert!(is_quick(&server));
}

#[test]
fn rl_15_what_is_too_large_is_refused_and_the_next_is_served() {
    let program = Program::new();
    let server = program.serve();
    let large = "x".repeat(10_000_000);
    let flood = (0..20_000).map(|number| format!("x-{number}: {number}\r\n")).collect::<String>();
    for (request, statuses) in [
        (format!("{FORM}content-length: {}\r\n\r\n{large}", large.len()), vec!["400", "413", ""]),
        (format!("GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n{flood}\r\n"), vec!["431", ""]),
        (format!("GET /{large} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"), vec!["414", "431", ""]),
        (format!("{FORM}content-length: 5\r\ncontent-length: 6\r\n\r\nabcde"), vec!["400", ""]),
    ] {
        let mut stream = TcpStream::connect(("127.0.0.1", program.port)).unwrap();
        // It may close before it has read everything.
        let _ = stream.write_all(request.as_bytes());
        let answer = rest(&mut stream, Duration::from_secs(20)).unwrap_or_default();
        let status = answer.split(' ').nth(1).unwrap_or_default();
        assert!(statuses.contains(&status), "{}: {status}", &request[..60]);
        assert!(is_quick(&server));
    }
    let pipelined = "GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n".repeat(1000);
    let last = "GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n";
    let mut stream = open(&program, &(pipelined + last));
    assert_eq!(rest(&mut stream, Duration::from_secs(20)).unwrap().matches("HTTP/1.1 200").count(), 1001);
}

#[test]
fn rl_16_more_connections_than_descriptors_are_survived() {
    let program = Program::new();
    let server = program.serve_by("ulimit -n 128; keyward serve");
    assert!(is_quick(&server));
    // Those that it cannot take yet wait in the system's queue, and no more fit into that.
    let address = ([127, 0, 0, 1], program.port).into();
    let crowd: Vec<_> = (0..300).map_while(|_| TcpStream::connect_timeout(&address, Duration::from_millis(300)).ok()).collect();
    assert!(crowd.len() > 128, "{}", crowd.len());
    thread::sleep(Duration::from_secs(1));
    drop(crowd);
    let began = Instant::now();
    while !is_quick(&server) {
        assert!(began.elapsed() < Duration::from_secs(5));
    }
    assert_eq!(server.get("/readyz").0, 200);
}
