//! The clock: the system's, or one that a test turns. Edges read it once; below them an instant is a value.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use time::{Duration, OffsetDateTime};

#[derive(Clone)]
pub struct Clock(Kind);

#[derive(Clone)]
enum Kind {
    System,
    /// Unix seconds.
    Turned(Arc<AtomicI64>),
}

impl Clock {
    pub fn system() -> Self {
        Self(Kind::System)
    }

    /// Stands still at an instant until it is turned; in whole seconds.
    pub fn turned(at: OffsetDateTime) -> Self {
        Self(Kind::Turned(Arc::new(AtomicI64::new(at.unix_timestamp()))))
    }

    pub fn now(&self) -> OffsetDateTime {
        match &self.0 {
            #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
            Kind::System => OffsetDateTime::now_utc(),
            Kind::Turned(seconds) => {
                OffsetDateTime::from_unix_timestamp(seconds.load(Ordering::SeqCst)).unwrap_or(OffsetDateTime::UNIX_EPOCH)
            }
        }
    }

    /// Turns a turned clock; the system's goes its own way.
    pub fn advance(&self, by: Duration) {
        if let Kind::Turned(seconds) = &self.0 {
            seconds.fetch_add(by.whole_seconds(), Ordering::SeqCst);
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
