//! The token endpoint's rules: what is exchanged, rotated, issued, looked up and revoked.

pub mod access_token;
pub mod client_credentials;
pub mod introspection;
pub mod redemption;
pub mod response;
pub mod rotation;
