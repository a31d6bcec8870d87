//! Signing in: how long it lasts, how often it may fail, what a password costs.

use time::Duration;

use super::layers::Layers;

#[derive(Debug, Clone)]
pub struct Login {
    pub session_lifetime: Duration,
    pub interaction_lifetime: Duration,
    /// Password checks for one account within the window.
    pub attempts: u32,
    pub attempts_per_address: u32,
    pub attempts_window: Duration,
    pub hash_memory_kib: u32,
    pub hash_iterations: u32,
    /// 0: half of the cores.
    pub hash_workers: u32,
    pub hash_queue: u32,
}

pub(super) fn read(layers: &mut Layers) -> Option<Login> {
    let (session, interaction, window) =
        (layers.span("login.session"), layers.span("login.interaction"), layers.span("login.attempts_window"));
    let (attempts, per_address) =
        (layers.number("login.attempts", 1, 1000), layers.number("login.attempts_per_address", 1, 1_000_000));
    let (memory, passes) = (layers.number("login.hash_memory", 8, 4_194_304), layers.number("login.hash_passes", 1, 100));
    let (workers, queue) = (layers.number("login.hash_workers", 0, 1024), layers.number("login.hash_queue", 0, 100_000));
    Some(Login {
        session_lifetime: session?,
        interaction_lifetime: interaction?,
        attempts: attempts?,
        attempts_per_address: per_address?,
        attempts_window: window?,
        hash_memory_kib: memory?,
        hash_iterations: passes?,
        hash_workers: workers?,
        hash_queue: queue?,
    })
}
