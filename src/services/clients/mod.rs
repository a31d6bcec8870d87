//! OAuth clients.

pub mod manage;
