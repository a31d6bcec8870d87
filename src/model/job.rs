//! Work without a caller: the kinds, and how often each is due.

use time::Duration;

use super::names::wire_names;

wire_names! {
    JobKind {
        /// Remove what has expired, in small batches.
        Purge = "purge",
        /// Make the next signing keys when the active ones grow old.
        RotateSigningKeys = "rotate_signing_keys",
    }
}

impl JobKind {
    /// At most once in this span, over all nodes.
    pub fn interval(self) -> Duration {
        match self {
            Self::Purge => Duration::minutes(1),
            Self::RotateSigningKeys => Duration::minutes(10),
        }
    }
}
