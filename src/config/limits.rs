//! Limits of what one address may try.

use super::layers::Layers;

#[derive(Debug, Clone)]
pub struct Limits {
    pub client_failures_per_minute: u32,
}

pub(super) fn read(layers: &mut Layers) -> Option<Limits> {
    Some(Limits { client_failures_per_minute: layers.number("limits.client_failures", 1, 1_000_000)? })
}
