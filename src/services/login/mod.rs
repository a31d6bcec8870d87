//! Proving a user: one file for each way, and the session that comes of it.

pub mod password;
pub mod session;
mod throttle;
