//! Telling what happened: one line in the log and one count in the metrics for each event.

use crate::{app::call::Call, model::event::Event};

pub fn tell(call: &Call, event: &Event) {
    metrics::counter!("keyward_events_total", "event" => event.name()).increment(1);
    tracing::info!(target: "keyward::event", event = event.name(), request_id = call.request_id, peer = %call.peer, detail = ?event);
}
