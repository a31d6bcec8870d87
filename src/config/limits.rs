//! Limits.

#[derive(Debug, Clone)]
pub struct Limits {
    pub client_secret_failures_per_minute: u32,
}
