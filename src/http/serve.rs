//! Listening: plain or TLS, with certificates read again when they change; a separate listener for metrics; an orderly end; and what
//! is answered while the database is waited for.

use std::{
    io,
    net::SocketAddr,
    time::{Duration, SystemTime},
};

use axum::{Router, routing::get};
use axum_server::{
    Handle,
    tls_rustls::{RustlsAcceptor, RustlsConfig},
};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{
    app::{App, telemetry},
    config::{Config, tls::Tls},
    model::fault::Fault,
    protocol::endpoints,
};

use super::{
    connections::{self, Deadlines},
    router::{self, Route},
};

/// A request under way gets so long to finish when the server is told to stop.
const GRACE: Duration = Duration::from_secs(8);
/// Connections to the listener for metrics.
const MOST_SCRAPERS: usize = 32;
const SUM_UP_EVERY: Duration = Duration::from_secs(1);
const LOOK_AT_CERTIFICATES_EVERY: Duration = Duration::from_secs(1);

/// Serves until SIGTERM or SIGINT; a second one ends the process at once. `ready` is called when the socket listens.
pub async fn serve(app: App, extra: Vec<Route>, ready: impl FnOnce(SocketAddr) + Send + 'static) -> Result<(), Fault> {
    let config = &app.config;
    let recorder = telemetry::start_metrics()?;
    tokio::spawn(keep_up(recorder.clone()));
    if let Some(address) = config.metrics_listen {
        tokio::spawn(serve_metrics(address, recorder));
    }
    let handle = Handle::new();
    tokio::spawn(stop_when_told(handle.clone(), Signals::heard()?));
    let listening = handle.clone();
    tokio::spawn(async move {
        if let Some(address) = listening.listening().await {
            ready(address);
        }
    });
    listen(config, handle, router::build(app.clone(), extra)).await
}

/// Answers liveness, and everything else with 503, until what is awaited is there. None: told to stop meanwhile.
pub async fn until<T>(config: &Config, awaited: impl Future<Output = T>) -> Result<Option<T>, Fault> {
    let handle = Handle::new();
    let mut signals = Signals::heard()?;
    let ended = tokio::select! {
        awaited = awaited => Ok(Some(awaited)),
        () = signals.next() => Ok(None),
        ended = listen(config, handle.clone(), router::waiting()) => ended.map(|()| None),
    };
    // Whoever keeps a connection open finds the whole server on the next one.
    handle.graceful_shutdown(None);
    ended
}

async fn listen(config: &Config, handle: Handle<SocketAddr>, router: Router) -> Result<(), Fault> {
    let service = connections::places(router, connections::most(config));
    let failed = |error| Fault::while_doing(format!("listen on {}", config.listen), error);
    let server = connections::bounded(axum_server::bind(config.listen).handle(handle));
    match &config.tls {
        None => server.acceptor(Deadlines).serve(service).await.map_err(failed),
        Some(tls) => {
            let loaded = RustlsConfig::from_pem_file(&tls.certificate, &tls.key).await;
            let loaded = loaded.map_err(|error| Fault::while_doing("read `tls.certificate` and `tls.key`", error))?;
            let acceptor = RustlsAcceptor::new(loaded.clone()).acceptor(Deadlines);
            tokio::select! {
                served = server.acceptor(acceptor).serve(service) => served.map_err(failed),
                () = reload(tls, &loaded) => Ok(()),
            }
        }
    }
}

/// SIGTERM and SIGINT.
struct Signals {
    term: Signal,
    interrupt: Signal,
}

impl Signals {
    /// From now on they end nothing by themselves.
    fn heard() -> Result<Self, Fault> {
        let heard = |kind| signal(kind).map_err(|error: io::Error| Fault::while_doing("hear signals", error));
        Ok(Self { term: heard(SignalKind::terminate())?, interrupt: heard(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! { _ = self.term.recv() => {}, _ = self.interrupt.recv() => {} }
    }
}

async fn stop_when_told(handle: Handle<SocketAddr>, mut signals: Signals) {
    signals.next().await;
    tracing::info!("stopping: requests under way may finish");
    handle.graceful_shutdown(Some(GRACE));
    signals.next().await;
    tracing::warn!("stopped at once");
    telemetry::end_log();
    std::process::exit(130);
}

/// Keeps the old certificate while the new one cannot be read. Goes on for ever.
async fn reload(tls: &Tls, loaded: &RustlsConfig) {
    let changed = |tls: &Tls| -> Option<(SystemTime, SystemTime)> {
        let modified = |path| std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
        Some((modified(&tls.certificate)?, modified(&tls.key)?))
    };
    let (mut known, mut refused) = (changed(tls), None);
    loop {
        tokio::time::sleep(LOOK_AT_CERTIFICATES_EVERY).await;
        let seen = changed(tls);
        if seen.is_none() || seen == known {
            continue;
        }
        match loaded.reload_from_pem_file(&tls.certificate, &tls.key).await {
            Ok(()) => {
                known = seen;
                tracing::info!("the TLS certificate was read again");
            }
            // What made it fail may pass: it is tried again, and told once.
            Err(_) if refused == seen => {}
            Err(error) => {
                refused = seen;
                tracing::warn!(%error, "the changed TLS certificate cannot be used; the old one stays");
            }
        }
    }
}

/// Sums up what was measured. Otherwise each measurement stays in memory until somebody scrapes.
async fn keep_up(recorder: PrometheusHandle) {
    loop {
        tokio::time::sleep(SUM_UP_EVERY).await;
        telemetry::count_dropped_lines();
        recorder.run_upkeep();
    }
}

async fn serve_metrics(address: SocketAddr, recorder: PrometheusHandle) {
    let service = Router::new().route(endpoints::METRICS, get(move || async move { recorder.render() }));
    let server = connections::bounded(axum_server::bind(address)).acceptor(Deadlines);
    if let Err(error) = server.serve(connections::places(service, MOST_SCRAPERS)).await {
        tracing::error!(%error, %address, "`metrics_listen` cannot be used; the server goes on without");
    }
}
