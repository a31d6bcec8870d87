//! OpenID Connect: ID tokens, claims, userinfo, metadata.

pub mod claims;
pub mod claims_request;
pub mod discovery;
pub mod id_token;
