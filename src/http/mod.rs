//! The edge to HTTP: parse, call one operation, answer. The only importer of axum and askama.

pub mod answer;
mod browser;
mod call;
mod connections;
mod form;
mod health;
mod layers;
mod management;
mod oauth;
pub mod pages;
mod problem;
pub mod router;
mod serve;
mod words;

pub use serve::{serve, until};
