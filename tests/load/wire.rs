//! The side that asks: HTTP/1.1 connections on one thread that never sleeps, with as little work between two requests as can be. Whoever
//! answers somebody who sleeps has to wake them, and on a virtual machine that takes longer than the answer.

use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::LocalSet,
};

pub const CONNECTIONS: usize = 16;

pub struct Connection {
    stream: TcpStream,
    host: &'static str,
}

impl Connection {
    pub async fn open(host: &'static str) -> Self {
        let stream = TcpStream::connect(host).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, host }
    }

    /// Head and body of the answer. `headers` are whole lines.
    pub async fn send(&mut self, method: &str, path: &str, headers: &str, body: &str) -> (String, String) {
        let form = if method == "POST" { "Content-Type: application/x-www-form-urlencoded\r\n" } else { "" };
        let (host, length) = (self.host, body.len());
        let request =
            format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n{form}Content-Length: {length}\r\n{headers}\r\n{body}");
        self.stream.write_all(request.as_bytes()).await.unwrap();
        let (mut read, mut buffer) = (Vec::with_capacity(4096), [0; 16384]);
        loop {
            let count = self.stream.read(&mut buffer).await.unwrap();
            assert!(count > 0, "the server hung up");
            read.extend_from_slice(&buffer[..count]);
            if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&read[..end]).into_owned();
                let length = header(&head, "content-length").map_or(0, |text| text.parse().unwrap());
                if read.len() >= end + 4 + length {
                    return (head, String::from_utf8_lossy(&read[end + 4..]).into_owned());
                }
            }
        }
    }

    pub async fn get(&mut self, path: &str, headers: &str) {
        let (head, body) = self.send("GET", path, headers, "").await;
        assert!(head.contains(" 200 "), "{path}: {head}\n{body}");
    }

    pub async fn post(&mut self, path: &str, body: &str) -> Value {
        let (head, body) = self.send("POST", path, "", body).await;
        assert!(head.contains(" 200 "), "{path}: {head}\n{body}");
        serde_json::from_str(&body).unwrap()
    }
}

pub fn header(head: &str, name: &str) -> Option<String> {
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.clone().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
}

pub fn form(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// Calls per second of all connections together.
pub async fn rate<C: AsyncFnMut(&mut Connection) + 'static>(host: &'static str, span: Duration, make: impl Fn() -> C) -> f64 {
    let (results, elapsed) = drive(host, CONNECTIONS, span, || {
        let mut call = make();
        async move |connection: &mut Connection| call(connection).await
    })
    .await;
    results.len() as f64 / elapsed
}

/// What every call of every connection came to, and how many seconds they took together.
async fn drive<T: 'static, C: AsyncFnMut(&mut Connection) -> T + 'static>(
    host: &'static str,
    connections: usize,
    span: Duration,
    make: impl Fn() -> C,
) -> (Vec<T>, f64) {
    let local = LocalSet::new();
    let never_idle = local.spawn_local(async {
        loop {
            tokio::task::yield_now().await;
        }
    });
    let driven = local.run_until(async {
        let mut open = Vec::new();
        for _ in 0..connections {
            open.push(Connection::open(host).await);
        }
        let started = Instant::now();
        let callers = open.into_iter().map(|mut connection| {
            let mut call = make();
            tokio::task::spawn_local(async move {
                let mut results = Vec::new();
                while started.elapsed() < span {
                    results.push(call(&mut connection).await);
                }
                results
            })
        });
        let mut results = Vec::new();
        for caller in callers.collect::<Vec<_>>() {
            results.extend(caller.await.unwrap());
        }
        (results, started.elapsed().as_secs_f64())
    });
    let driven = driven.await;
    never_idle.abort();
    driven
}

/// Many more connections than make a server fast, all of which ask again at once.
pub const CROWD: usize = 2_000;

/// What a crowd gets.
pub struct Crowded {
    pub per_second: f64,
    /// One in a hundred waited at least so long.
    pub p99: Duration,
}

pub async fn crowd(host: &'static str, span: Duration, path: &'static str, body: &str) -> Crowded {
    let (mut results, elapsed) = drive(host, CROWD, span, || {
        let body = body.to_owned();
        async move |connection: &mut Connection| {
            let asked = Instant::now();
            connection.post(path, &body).await;
            asked.elapsed()
        }
    })
    .await;
    results.sort_unstable();
    Crowded { per_second: results.len() as f64 / elapsed, p99: results[results.len() * 99 / 100] }
}
