//! Connections: how many may be open, and when one that asks nothing or takes nothing is cut.

use std::{
    future::{Ready, ready},
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::{Duration, Instant},
};

use axum::{Extension, Router, extract::ConnectInfo, middleware::AddExtension};
use axum_server::{Server, accept::Accept};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_io_timeout::TimeoutStream;
use tower::{Layer, Service, service_fn};

use crate::config::{Config, database::Database};

/// The head of the first request must be here within. A TLS handshake has as long.
const FIRST_REQUEST: Duration = Duration::from_secs(10);
/// So long may a connection rest between requests. Longer than proxies usually keep theirs: who sends the next one should end it.
const REST: Duration = Duration::from_secs(75);
/// Who takes nothing of an answer for so long has gone.
const UNREAD: Duration = Duration::from_secs(20);

/// Requests of one HTTP/2 connection at a time, and how much of an answer waits there: what one peer can make us hold is their product.
const STREAMS: u32 = 32;
const SEND_BUFFER: usize = 64 * 1024;

/// More than one process should hold.
const MOST: u64 = 10_000;
/// Open files beside connections and those to PostgreSQL: the database, its journal, listeners, the log.
const OTHER_FILES: u64 = 128;

/// As many connections as there may be open files, but for what else needs some. The soft limit is raised as far as that takes.
pub fn most(config: &Config) -> usize {
    let others = match config.database {
        Database::Postgres { connections, .. } => OTHER_FILES + u64::from(connections),
        Database::Sqlite { .. } => OTHER_FILES,
    };
    let files = rlimit::increase_nofile_limit(MOST + others).unwrap_or(1024);
    let places = files.saturating_sub(others).max(files / 2).min(MOST);
    tracing::debug!(places, files, "connections");
    places as usize
}

/// A place is kept for as long as the connection's own service lives.
type Placed = AddExtension<AddExtension<Router, Arc<OwnedSemaphorePermit>>, ConnectInfo<SocketAddr>>;

/// The service of each connection, with the peer's address. Whom there is no place for is turned away at once: a balancer asks another
/// node, and the next one to come may be honest.
pub fn places(
    router: Router,
    most: usize,
) -> impl Service<SocketAddr, Response = Placed, Error = io::Error, Future: Send> + Send {
    let places = Arc::new(Semaphore::new(most));
    service_fn(move |peer: SocketAddr| {
        let placed = places.clone().try_acquire_owned().map(|place| {
            let router = Extension(Arc::new(place)).layer(router.clone());
            Extension(ConnectInfo(peer)).layer(router)
        });
        ready(placed.map_err(|_| {
            metrics::counter!("keyward_connections_refused_total").increment(1);
            io::Error::other("too many connections are open")
        }))
    })
}

/// The deadlines of reading and writing.
#[derive(Clone, Debug)]
pub struct Deadlines;

impl<S> Accept<TcpStream, S> for Deadlines {
    type Stream = Watched;
    type Service = Watching<S>;
    type Future = Ready<io::Result<(Self::Stream, Self::Service)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let mut stream = TimeoutStream::new(stream);
        stream.set_read_timeout(Some(REST));
        stream.set_write_timeout(Some(UNREAD));
        let pulse = Pulse::default();
        ready(Ok((Watched { stream: Box::pin(stream), pulse: pulse.clone() }, Watching { service, pulse })))
    }
}

/// When the last request of a connection began. HTTP/2 has frames that ask nothing: they keep no connection open.
#[derive(Clone, Debug)]
struct Pulse(Arc<Mutex<Instant>>);

impl Default for Pulse {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }
}

impl Pulse {
    fn beat(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn is_lost(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).elapsed() > REST
    }
}

/// The service of one connection: each request is a sign of life.
#[derive(Clone, Debug)]
pub struct Watching<S> {
    service: S,
    pulse: Pulse,
}

impl<S: Service<R>, R> Service<R> for Watching<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: R) -> S::Future {
        self.pulse.beat();
        self.service.call(request)
    }
}

/// The stream of one connection: nothing more is read when the last request was too long ago.
#[derive(Debug)]
pub struct Watched {
    stream: Pin<Box<TimeoutStream<TcpStream>>>,
    pulse: Pulse,
}

impl AsyncRead for Watched {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.pulse.is_lost() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        self.stream.as_mut().poll_read(context, into)
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.stream.as_mut().poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.stream.as_mut().poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_shutdown(context)
    }
}

/// A server that keeps the deadlines between requests too, and goes on when a connection cannot be accepted.
pub fn bounded(mut server: Server<SocketAddr>) -> Server<SocketAddr> {
    server.http_builder().http1().header_read_timeout(REST);
    server.http_builder().http2().max_concurrent_streams(STREAMS).max_send_buf_size(SEND_BUFFER);
    server.first_request_timeout(FIRST_REQUEST).accept_error_handler(|peer: Option<&SocketAddr>, error| match peer {
        None => tracing::warn!(%error, "a connection could not be accepted"),
        Some(peer) => tracing::debug!(%error, %peer, "a connection ended before its first request"),
    })
}
