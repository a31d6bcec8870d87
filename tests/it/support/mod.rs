//! What the cases are told in: a server in process, a browser with cookies, a relying party, and pairs of attack and control.

pub mod answer;
pub mod browser;
pub mod counts;
pub mod database;
pub mod log;
pub mod management;
pub mod proxy;
pub mod relying_party;
pub mod server;

pub use answer::Answer;
pub use browser::Browser;
pub use counts::Counts;
pub use relying_party::{Flow, RelyingParty};
pub use server::TestServer;

/// An attack that must be refused, and the same request without the attacked detail, which must go through: a case whose fixture is
/// broken cannot pass.
pub fn refused(attack: &Answer, (error, reason): (&str, &str), control: &Answer) {
    assert!(control.status < 400, "the control was refused: {control:?}");
    attack.assert_refused(error, reason);
}
