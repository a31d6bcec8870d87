//! Below HTTP: bytes that two readers could read differently, and frames by the thousand.

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use crate::cli::program::{Program, Server};

/// All that comes back until the server closes, and whether it did within two seconds.
fn send(program: &Program, bytes: &[u8]) -> (String, bool) {
    let mut stream = TcpStream::connect(("127.0.0.1", program.port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
    stream.write_all(bytes).unwrap();
    let (mut answer, mut buffer) = (Vec::new(), [0; 4096]);
    let was_closed = loop {
        match stream.read(&mut buffer) {
            Ok(0) => break true,
            Ok(count) => answer.extend_from_slice(&buffer[..count]),
            Err(error) => break error.kind() == std::io::ErrorKind::ConnectionReset,
        }
    };
    (String::from_utf8_lossy(&answer).into_owned(), was_closed)
}

#[test]
fn wb_10_a_request_that_could_be_read_in_two_ways_is_refused_and_the_connection_closed() {
    let program = Program::new();
    let _server = program.serve();
    let host = format!("host: 127.0.0.1:{}\r\n", program.port);
    let form = "content-type: application/x-www-form-urlencoded\r\n";
    // What would be a request of its own for whoever believes the other length.
    let hidden = format!("GET /healthz HTTP/1.1\r\n{host}\r\n");
    let body = "grant_type=client_credentials";
    let chunked = format!("{:x}\r\n{body}\r\n0\r\n\r\n{hidden}", body.len());
    let post =
        |version: &str, headers: &str, body: &str| format!("POST /oauth/token {version}\r\n{host}{form}{headers}\r\n{body}");
    for (name, request) in [
        ("two lengths", post("HTTP/1.1", "content-length: 29\r\ncontent-length: 5\r\n", &format!("{body}{hidden}"))),
        ("a list of lengths", post("HTTP/1.1", "content-length: 29, 29\r\n", &format!("{body}{hidden}"))),
        ("a signed length", post("HTTP/1.1", "content-length: +29\r\n", &format!("{body}{hidden}"))),
        ("an unknown coding", post("HTTP/1.1", "transfer-encoding: xchunked\r\n", &chunked)),
        ("chunked not last", post("HTTP/1.1", "transfer-encoding: chunked, identity\r\n", &chunked)),
        ("a coding in HTTP/1.0", post("HTTP/1.0", "transfer-encoding: chunked\r\n", &chunked)),
        ("a folded header", post("HTTP/1.1", "x-folded: a\r\n b\r\ncontent-length: 29\r\n", &format!("{body}{hidden}"))),
        ("a blank before the colon", post("HTTP/1.1", "content-length : 29\r\n", &format!("{body}{hidden}"))),
        ("a line without end", post("HTTP/1.1", "x: a\rcontent-length: 29\r\n", &format!("{body}{hidden}"))),
    ] {
        let (answer, was_closed) = send(&program, request.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 400") || answer.starts_with("HTTP/1.0 400"), "{name}: {answer}");
        assert_eq!(answer.matches("HTTP/1.").count(), 1, "{name}: the hidden request was answered: {answer}");
        assert!(was_closed, "{name}: {answer}");
    }
    // RFC 9112 §6.3: the coding wins over a length, and the connection ends, so that nothing hides behind it.
    for headers in ["content-length: 5\r\ntransfer-encoding: chunked\r\n", "transfer-encoding: chunked\r\ncontent-length: 5\r\n"]
    {
        let (answer, was_closed) = send(&program, post("HTTP/1.1", headers, &chunked).as_bytes());
        assert!(answer.starts_with("HTTP/1.1 401") && answer.contains("invalid_client"), "{answer}");
        assert_eq!((answer.matches("HTTP/1.").count(), was_closed), (1, true), "the hidden request was answered: {answer}");
    }
    for (name, hosts) in [("no host", String::new()), ("two hosts", format!("{host}host: evil.example\r\n"))] {
        let (answer, _) = send(&program, format!("GET /logout HTTP/1.1\r\n{hosts}\r\n").as_bytes());
        assert!(answer.starts_with("HTTP/1.1 400"), "{name}: {answer}");
    }
    // The plain forms of the same are read, and so is what follows them on the connection.
    for plain in [
        post("HTTP/1.1", "content-length: 29\r\n", &format!("{body}{hidden}")),
        post("HTTP/1.1", "transfer-encoding: chunked\r\n", &chunked),
    ] {
        let (answer, _) = send(&program, plain.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 401") && answer.ends_with("ok\n"), "{answer}");
    }
}

/// HTTP/2 by hand: RFC 9113 §4.1.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

struct Http2 {
    stream: TcpStream,
    headers: Vec<u8>,
}

impl Http2 {
    fn connect(port: u16) -> Self {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        stream.set_write_timeout(Some(Duration::from_secs(5))).unwrap();
        stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").unwrap();
        stream.write_all(&frame(SETTINGS, 0, 0, &[])).unwrap();
        // :method GET, :scheme http, :path /healthz, :authority. RFC 7541 appendix A.
        let authority = format!("127.0.0.1:{port}");
        let path: &[u8] = b"\x04\x08/healthz";
        let headers = [&[0x82, 0x86], path, &[0x01, u8::try_from(authority.len()).unwrap()], authority.as_bytes()].concat();
        Self { stream, headers }
    }

    /// False: the server does not listen any more.
    fn write(&mut self, frame: &[u8]) -> bool {
        self.stream.write_all(frame).is_ok()
    }

    fn open(&mut self, stream: u32, flags: u8) -> bool {
        let frame = frame(HEADERS, END_HEADERS | flags, stream, &self.headers.clone());
        self.write(&frame)
    }

    /// All frames until the server closes, by kind and payload, and whether it did within five seconds.
    fn rest(mut self) -> (Vec<(u8, Vec<u8>)>, bool) {
        let mut bytes = Vec::new();
        let mut buffer = [0; 16 * 1024];
        let was_closed = loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => break true,
                Ok(count) => bytes.extend_from_slice(&buffer[..count]),
                Err(error) => break error.kind() == std::io::ErrorKind::ConnectionReset,
            }
        };
        let mut frames = Vec::new();
        let mut rest = bytes.as_slice();
        while let Some((head, after)) = rest.split_at_checked(9) {
            let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
            let Some((payload, after)) = after.split_at_checked(length) else { break };
            frames.push((head[3], payload.to_vec()));
            rest = after;
        }
        (frames, was_closed)
    }
}

/// The slowest honest answer while something else is done.
fn slowest_meanwhile(server: &Arc<Server>, work: impl FnOnce()) -> Duration {
    let is_over = Arc::new(AtomicBool::new(false));
    let honest = {
        let (server, is_over) = (server.clone(), is_over.clone());
        std::thread::spawn(move || {
            let mut slowest = Duration::ZERO;
            for _ in (0..).take_while(|count| *count < 50 || !is_over.load(Ordering::Relaxed)) {
                let began = Instant::now();
                assert_eq!(server.get("/.well-known/jwks.json").0, 200);
                slowest = slowest.max(began.elapsed());
            }
            slowest
        })
    };
    work();
    is_over.store(true, Ordering::Relaxed);
    honest.join().unwrap()
}

#[test]
fn wb_16_floods_of_frames_end_their_own_connection_and_nobody_elses() {
    let program = Program::new();
    let server = Arc::new(program.serve());
    let mut honest = Http2::connect(program.port);
    honest.open(1, END_STREAM);
    std::thread::sleep(Duration::from_millis(300));
    honest.write(&frame(GOAWAY, 0, 0, &[0; 8]));
    let (frames, was_closed) = honest.rest();
    assert!(
        was_closed && frames.iter().any(|(kind, payload)| *kind == HEADERS && payload.first() == Some(&0x88)),
        "no 200: {frames:?}"
    );

    type Flood = fn(&mut Http2);
    let floods: [(&str, Flood); 3] = [
        ("rapid reset", |peer| {
            let mut stream = 1;
            while stream < 200_000 && peer.open(stream, END_STREAM) && peer.write(&frame(RST_STREAM, 0, stream, &[0, 0, 0, 8])) {
                stream += 2;
            }
        }),
        // The server holds so many, refuses the rest, and has enough in the end.
        ("streams that nobody ends", |peer| {
            let mut stream = 1;
            while stream < 20_000 && peer.open(stream, 0) {
                stream += 2;
            }
        }),
        ("headers without end", |peer| {
            let begun = frame(HEADERS, 0, 1, &peer.headers.clone());
            // A literal header with a long value, again and again.
            let more = [&[0x00, 0x01, b'a', 0x7f, 0x81, 0x06][..], &[b'x'; 1000][..254]].concat();
            let mut frames = 0;
            while frames < 100_000 && (frames > 0 || peer.write(&begun)) && peer.write(&frame(CONTINUATION, 0, 1, &more)) {
                frames += 1;
            }
        }),
    ];
    for (name, flood) in floods {
        let mut was_closed = false;
        let slowest = slowest_meanwhile(&server, || {
            let mut peer = Http2::connect(program.port);
            flood(&mut peer);
            was_closed = peer.rest().1;
        });
        println!("{name}: the slowest honest answer took {slowest:?}");
        assert!(was_closed, "{name}: the connection was left open");
        assert!(slowest < Duration::from_secs(1), "{name}: {slowest:?}");
    }
}
