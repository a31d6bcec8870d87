//! What the server can be asked to do: one async function for each thing, transactional.

pub mod api_keys;
pub mod authorize;
pub mod caller;
pub mod client_authentication;
pub mod clients;
pub mod database;
pub mod dev;
pub mod directory;
pub mod doctor;
pub mod events;
pub mod health;
pub mod login;
pub mod purge;
pub mod queue;
pub mod refusal;
pub mod signing_keys;
pub mod token;
pub mod userinfo;
