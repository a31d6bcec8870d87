//! Words and records, and the rules that need nothing else. No HTTP, no database, no clock, no randomness.

pub mod authorization_request;
pub mod claims_request;
pub mod client;
pub mod code;
pub mod consent;
pub mod event;
pub mod fault;
pub mod grant;
pub mod id;
pub mod interaction;
pub mod issuer;
pub mod job;
pub mod jwk;
pub mod names;
pub mod organization;
pub mod redirect_uri;
pub mod scope;
pub mod secret;
pub mod session;
pub mod signing_key;
pub mod tenant;
pub mod token;
pub mod user;
