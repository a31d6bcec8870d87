//! Clients: how they prove themselves, and what may be registered about them.

pub mod authentication;
pub mod metadata;
