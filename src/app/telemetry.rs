//! The log on standard error, and the recorder behind `/metrics`. Ids and reasons only: no secret and no query string ever gets here.

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::{
    Layer,
    filter::{LevelFilter, Targets},
    fmt,
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use crate::{
    config::log::{Format, Log},
    model::fault::Fault,
};

/// Once a process; a second call changes nothing.
pub fn start_log(log: &Log) {
    let filter: Targets = log.level.parse().unwrap_or_default();
    let filter = filter.with_targets([("sea_orm_migration", LevelFilter::WARN), ("sqlx", LevelFilter::WARN)]);
    let lines = fmt::layer().with_writer(std::io::stderr);
    let layer = match log.format {
        Format::Text => lines.boxed(),
        Format::Json => lines.json().flatten_event(true).boxed(),
    };
    let _ = tracing_subscriber::registry().with(layer.with_filter(filter)).try_init();
}

pub fn start_metrics() -> Result<PrometheusHandle, Fault> {
    PrometheusBuilder::new().install_recorder().map_err(|error| Fault::while_doing("start the metrics", error))
}
