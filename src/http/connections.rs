//! Connections: how many may be open, and when one that asks nothing or takes nothing is cut.

use std::{
    future::{Ready, ready},
    io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use axum::{Extension, Router, extract::ConnectInfo, middleware::AddExtension};
use axum_server::{Server, accept::Accept};
use tokio::{
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
    type Stream = Pin<Box<TimeoutStream<TcpStream>>>;
    type Service = S;
    type Future = Ready<io::Result<(Self::Stream, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let mut stream = TimeoutStream::new(stream);
        stream.set_read_timeout(Some(REST));
        stream.set_write_timeout(Some(UNREAD));
        ready(Ok((Box::pin(stream), service)))
    }
}

/// A server that keeps the deadlines between requests too, and goes on when a connection cannot be accepted.
pub fn bounded(mut server: Server<SocketAddr>) -> Server<SocketAddr> {
    server.http_builder().http1().header_read_timeout(REST);
    server.first_request_timeout(FIRST_REQUEST).accept_error_handler(|peer: Option<&SocketAddr>, error| match peer {
        None => tracing::warn!(%error, "a connection could not be accepted"),
        Some(peer) => tracing::debug!(%error, %peer, "a connection ended before its first request"),
    })
}
