//! The log on standard error, and the recorder behind `/metrics`. Ids and reasons only: no secret and no query string ever gets here.

use std::{
    io::IsTerminal,
    sync::{Mutex, OnceLock, PoisonError},
};

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing::{Metadata, field};
use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::{
    Layer,
    filter::{FilterExt, LevelFilter, Targets, filter_fn},
    fmt,
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use crate::{
    config::log::{Format, Log},
    model::{event::Event, fault::Fault},
};

use super::{
    call::Call,
    traces::{self, Traces},
};

/// Lines that wait to be written, at most.
const LINES_IN_HAND: usize = 10_000;

static WRITER: Mutex<Option<WorkerGuard>> = Mutex::new(None);
static DROPPED: OnceLock<ErrorCounter> = OnceLock::new();

/// Once a process; a second call changes nothing. A thread of its own writes, so that no request waits for whoever reads: what they do
/// not take is dropped and counted.
pub fn start_log(log: &Log, traces: &Traces) {
    let filter: Targets = log.level.parse().unwrap_or_default();
    let filter = filter.with_targets([
        ("sea_orm_migration", LevelFilter::WARN),
        ("sqlx", LevelFilter::WARN),
        // Whoever asked for the connection tells why there is none.
        ("rustls_platform_verifier", LevelFilter::OFF),
        (traces::TARGET, LevelFilter::OFF),
    ]);
    let filter = filter.and(filter_fn(is_told).with_max_level_hint(LevelFilter::TRACE));
    let writer = NonBlockingBuilder::default().lossy(true).buffered_lines_limit(LINES_IN_HAND);
    let (writer, guard) = writer.finish(std::io::stderr());
    let _ = DROPPED.set(writer.error_counter());
    let lines = fmt::layer().with_writer(writer).with_ansi(std::io::stderr().is_terminal());
    let layer = match log.format {
        Format::Text => lines.boxed(),
        Format::Json => lines.json().flatten_event(true).boxed(),
    };
    let registry = tracing_subscriber::registry().with(layer.with_filter(filter));
    let started = match traces.layer() {
        Some(spans) => registry.with(spans).try_init(),
        None => registry.try_init(),
    };
    if started.is_ok() {
        *WRITER.lock().unwrap_or_else(PoisonError::into_inner) = Some(guard);
    }
}

/// The library of the database shows its URL, password included, in a span.
fn is_told(metadata: &Metadata<'_>) -> bool {
    traces::is_told(metadata) && !metadata.target().starts_with("sea_orm::")
}

/// Writes what is still in hand.
pub fn end_log() {
    drop(WRITER.lock().unwrap_or_else(PoisonError::into_inner).take());
}

/// Tells the metrics what the log could not tell.
pub fn count_dropped_lines() {
    let dropped = DROPPED.get().map_or(0, ErrorCounter::dropped_lines);
    metrics::counter!("keyward_log_lines_dropped_total").absolute(u64::try_from(dropped).unwrap_or(u64::MAX));
}

/// Something happened: one line in the log and one count in the metrics. Without a call it is the program's own doing, or an operator's.
pub fn tell(event: &Event, call: Option<&Call>) {
    metrics::counter!("keyward_events_total", "event" => event.name()).increment(1);
    let (request_id, peer) = (call.map(|call| call.request_id.as_str()), call.map(|call| field::display(call.peer)));
    tracing::info!(target: "keyward::event", event = event.name(), request_id, peer, detail = ?event);
}

/// Tells a fault with all that led to it: `what` failed.
pub fn tell_fault(what: &str, chain: &str) {
    tracing::error!(target: "keyward::fault", what, chain, "fault");
    metrics::counter!("keyward_faults_total").increment(1);
}

pub fn start_metrics() -> Result<PrometheusHandle, Fault> {
    PrometheusBuilder::new().install_recorder().map_err(|error| Fault::while_doing("start the metrics", error))
}
