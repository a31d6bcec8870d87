//! The tables as SeaORM entities: columns only, no methods. `migration` makes them.

pub mod access_tokens;
pub mod api_key_secrets;
pub mod api_keys;
pub mod attempts;
pub mod client_secrets;
pub mod clients;
pub mod codes;
pub mod consents;
pub mod data_keys;
pub mod epoch;
pub mod grants;
pub mod interactions;
pub mod jobs;
pub mod login_names;
pub mod organizations;
pub mod probes;
pub mod refresh_tokens;
pub mod replay_marks;
pub mod revoked_tokens;
pub mod role_assignments;
pub mod roles;
pub mod sessions;
pub mod signing_keys;
pub mod users;
