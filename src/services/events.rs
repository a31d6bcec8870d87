//! Telling what happened while a request was served.

use crate::{
    app::{call::Call, telemetry},
    model::event::Event,
};

pub fn tell(call: &Call, event: &Event) {
    telemetry::tell(event, Some(call));
}
