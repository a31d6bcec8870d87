//! The only way out.

pub mod probe;
pub mod relying_party;
