//! The protocol's endpoints, mirrored by URL.

mod authorize;
mod bounds;
mod client_authentication;
mod discovery;
mod faults;
mod introspect;
mod jose;
mod requests;
mod revoke;
mod token;
mod userinfo;
