//! Organizations and the people in them.

pub mod organizations;
pub mod users;
