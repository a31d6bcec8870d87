//! What a server counts for its operator.

use metrics::LocalRecorderGuard;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

/// The metrics of everything on this thread, from now on: for cases whose server runs on one thread only.
pub struct Counts {
    handle: PrometheusHandle,
    _guard: LocalRecorderGuard<'static>,
}

impl Counts {
    pub fn begin() -> Self {
        let recorder = Box::leak(Box::new(PrometheusBuilder::new().build_recorder()));
        Self { handle: recorder.handle(), _guard: metrics::set_default_local_recorder(recorder) }
    }

    /// The sum of every line that begins so.
    pub fn of(&self, name: &str) -> u64 {
        let text = self.handle.render();
        let lines = text.lines().filter(|line| line.starts_with(name));
        lines.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
    }

    pub fn event(&self, name: &str) -> u64 {
        self.of(&format!("keyward_events_total{{event=\"{name}\"}}"))
    }
}
