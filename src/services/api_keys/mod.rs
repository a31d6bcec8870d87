//! API keys: proven, and managed.

pub mod authenticate;
pub mod manage;

/// What the credentials of keys are recognised by.
const MAC_PURPOSE: &str = "api key";
