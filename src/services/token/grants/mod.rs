//! One way to a token each: find what was presented, let the core decide, write, and say what is to be issued.

pub mod authorization_code;
pub mod client_credentials;
pub mod refresh_token;
