//! The only way out.

pub mod collector;
pub mod probe;
pub mod relying_party;
