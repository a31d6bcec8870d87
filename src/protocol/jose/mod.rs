//! JSON Object Signing: sign and verify with a key in hand.

pub mod jws;
pub mod key;
pub mod provider;
