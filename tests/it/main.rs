//! The one integration binary: the whole server in process, on real databases.
#![cfg(test)]

mod architecture;
mod keys;
mod oauth;
mod storage;
mod support;
