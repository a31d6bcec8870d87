//! What the specifications say: parse, check, decide, build. Pure: no HTTP, no database, no clock, no randomness, nothing async.

pub mod authorize;
pub mod client;
pub mod endpoints;
pub mod error;
pub mod jose;
pub mod json;
pub mod oidc;
mod oxide;
pub mod params;
pub mod pkce;
pub mod resource;
pub mod response_mode;
pub mod token;

pub use oxide::bearer;
