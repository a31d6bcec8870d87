//! The management API, by resource.

mod api_keys;
mod organizations;
mod reading;
mod roles;
mod users;
