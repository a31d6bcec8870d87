//! Connections that ask nothing, take nothing, or are too many; and honest ones beside them.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::cli::{
    program::{Program, Server},
    tls::write_certificate,
};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
/// HEADERS of stream 1, `:method GET`, not the last of them.
const HALF_HEADERS: &[u8] = &[0, 0, 1, 1, 0, 0, 0, 0, 1, 0x82];

/// Sends this and no more; how long until the server closes.
fn kept(port: u16, bytes: &[u8]) -> Duration {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let began = Instant::now();
    stream.write_all(bytes).unwrap();
    let mut buffer = [0; 1024];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => break,
            Err(_) => return Duration::MAX,
        }
    }
    began.elapsed()
}

fn kept_in_tls(port: u16, protocol: &str) -> Duration {
    let connect = format!("127.0.0.1:{port}");
    let mut client = Command::new("openssl");
    client.args(["s_client", "-quiet", "-alpn", protocol, "-connect", &connect]);
    let began = Instant::now();
    let mut client = client.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let input = client.stdin.take();
    while client.try_wait().unwrap().is_none() {
        if began.elapsed() > Duration::from_secs(30) {
            client.kill().unwrap();
            return Duration::MAX;
        }
        thread::sleep(Duration::from_millis(50));
    }
    drop(input);
    began.elapsed()
}

/// On a connection that stays open.
fn ask(stream: &mut TcpStream, port: u16) -> String {
    write!(stream, "GET /healthz HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n\r\n").unwrap();
    let mut buffer = [0; 4096];
    let count = stream.read(&mut buffer).unwrap();
    String::from_utf8_lossy(&buffer[..count]).into_owned()
}

#[test]
fn rl_14_a_connection_that_asks_nothing_is_cut_and_one_that_rests_is_not() {
    let program = Program::new();
    let server = program.serve();
    let secure = Program::new();
    write_certificate(&secure, "first.example");
    let config = secure.file("keyward.toml", "[tls]\ncertificate = \"tls.crt\"\nkey = \"tls.key\"\n");
    let _secure_server = secure.serve_with(&["serve", "--config", &config]);
    let half_head = format!("GET /healthz HTTP/1.1\r\nhost: 127.0.0.1:{}\r\n", program.port);
    let begun = [PREFACE, SETTINGS].concat();
    let half_http2 = [PREFACE, SETTINGS, HALF_HEADERS].concat();
    let silent: [(&str, &[u8]); 6] = [
        ("nothing", b""),
        ("one byte", b"G"),
        ("half a head", half_head.as_bytes()),
        ("the first line of HTTP/2", &PREFACE[..16]),
        ("the preface of HTTP/2", &begun),
        ("half a head of HTTP/2", &half_http2),
    ];
    thread::scope(|scope| {
        let cases = silent.map(|(name, bytes)| (name, scope.spawn(|| kept(program.port, bytes))));
        let cases = cases.into_iter().chain([
            ("no TLS handshake", scope.spawn(|| kept(secure.port, b""))),
            ("TLS, then nothing", scope.spawn(|| kept_in_tls(secure.port, "http/1.1"))),
            ("TLS for HTTP/2, then nothing", scope.spawn(|| kept_in_tls(secure.port, "h2"))),
        ]);
        // A proxy's connection, unused for a while.
        let mut honest = TcpStream::connect(("127.0.0.1", program.port)).unwrap();
        assert!(ask(&mut honest, program.port).starts_with("HTTP/1.1 200"));
        for (name, case) in cases {
            let time = case.join().unwrap();
            assert!((5..28).contains(&time.as_secs()), "{name}: {time:?}");
        }
        thread::sleep(Duration::from_secs(5));
        assert!(ask(&mut honest, program.port).starts_with("HTTP/1.1 200"));
    });
    server.stop();
}

fn silent_ones(count: usize, port: u16) -> Vec<TcpStream> {
    (0..count).map(|_| TcpStream::connect(("127.0.0.1", port)).unwrap()).collect()
}

fn is_served(server: &Server) -> bool {
    server.try_request("GET", "/readyz", "", "").is_some_and(|answer| answer.starts_with("HTTP/1.1 200"))
}

#[test]
fn rl_16_silent_connections_leave_files_for_the_database_and_go() {
    let program = Program::new();
    let server = program.serve_by("ulimit -n 200; keyward serve");
    let silent = silent_ones(400, program.port);
    let began = Instant::now();
    // Those that have a place lose it when they have asked nothing for ten seconds; the others are turned away.
    while !is_served(&server) {
        assert!(began.elapsed() < Duration::from_secs(15), "nobody is served any more");
        thread::sleep(Duration::from_millis(100));
    }
    drop(silent);
    assert!(!program.log().contains("Too many open files"), "{}", program.log());
    server.stop();
}

#[test]
fn rl_16_a_low_soft_limit_is_raised() {
    let program = Program::new();
    let server = program.serve_by("ulimit -Sn 200; keyward serve");
    let silent = silent_ones(400, program.port);
    for _ in 0..10 {
        assert!(is_served(&server), "{}", program.log());
    }
    drop(silent);
    server.stop();
}

#[test]
#[ignore = "takes longer than a change should wait for: tests/run long"]
fn rl_14_answers_that_nobody_takes_end_their_connection() {
    let program = Program::new();
    let _server = program.serve();
    let mut stream = TcpStream::connect(("127.0.0.1", program.port)).unwrap();
    stream.set_write_timeout(Some(Duration::from_secs(60))).unwrap();
    let request = format!("GET /.well-known/openid-configuration HTTP/1.1\r\nhost: 127.0.0.1:{}\r\n\r\n", program.port);
    let began = Instant::now();
    let error = loop {
        if let Err(error) = stream.write_all(request.as_bytes()) {
            break error;
        }
    };
    assert!(matches!(error.kind(), io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe), "{error}");
    assert!((15..45).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
}

#[test]
#[ignore = "takes longer than a change should wait for: tests/run long"]
fn rl_14_a_connection_that_rests_too_long_ends() {
    let program = Program::new();
    let _server = program.serve();
    let request = format!("GET /healthz HTTP/1.1\r\nhost: 127.0.0.1:{}\r\n\r\n", program.port);
    // RFC 7541 appendix A: `:method GET`, `:scheme http`, `:path /`.
    let head = [&[0, 0, 3, 1, 5, 0, 0, 0, 1][..], &[0x82, 0x86, 0x84]].concat();
    let http2 = [PREFACE, SETTINGS, &head].concat();
    const PING: [u8; 17] = [0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8];
    let pinging = thread::spawn({
        let (port, bytes) = (program.port, http2.clone());
        move || {
            let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
            stream.write_all(&bytes).unwrap();
            let began = Instant::now();
            // What asks nothing keeps no connection open.
            while stream.write_all(&PING).is_ok() && began.elapsed() < Duration::from_secs(120) {
                thread::sleep(Duration::from_secs(1));
            }
            began.elapsed()
        }
    });
    for bytes in [request.as_bytes(), &http2] {
        let mut stream = TcpStream::connect(("127.0.0.1", program.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(100))).unwrap();
        stream.write_all(bytes).unwrap();
        let began = Instant::now();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        assert!(!answer.is_empty() && (60..95).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    }
    let pinged = pinging.join().unwrap();
    assert!((60..95).contains(&pinged.as_secs()), "{pinged:?}");
}
