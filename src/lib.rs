//! Keyward: a standalone OAuth 2.0 and OpenID Connect authorization server.
//!
//! Modules in reading order. `model` and `protocol` decide and are pure; `services` has one operation for each thing the server can
//! be asked to do; `http`, `cli` and `jobs` translate to and from an operation; `storage` is the only way to the database.

pub mod app;
pub mod cli;
pub mod config;
pub mod http;
pub mod jobs;
pub mod model;
pub mod outbound;
pub mod protocol;
pub mod services;
pub mod storage;
