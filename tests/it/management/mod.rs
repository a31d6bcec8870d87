//! The management API, by resource.

mod organizations;
mod reading;
mod roles;
mod users;
