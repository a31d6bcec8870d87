//! Login.

#[derive(Debug, Clone)]
pub struct Login {
    pub session_lifetime: time::Duration,
    pub interaction_lifetime: time::Duration,
    pub attempts: u32,
    pub attempts_per_address: u32,
    pub attempts_window: time::Duration,
    pub hash_memory_kib: u32,
    pub hash_iterations: u32,
    pub hash_workers: u32,
    pub hash_queue: u32,
}
