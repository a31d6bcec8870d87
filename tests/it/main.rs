//! The one integration binary: the whole server in process, on real databases.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::allow_attributes,
    reason = "a test that cannot go on should stop with a message"
)]

mod architecture;
