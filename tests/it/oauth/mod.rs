//! The protocol's endpoints, mirrored by URL.

mod authorize;
mod client_authentication;
mod discovery;
mod introspect;
mod requests;
mod revoke;
mod token;
mod userinfo;
