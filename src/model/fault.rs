//! Faults and refusals kept apart: a [`Fault`] is something of ours that broke; [`Failure`] joins it to an answer we give.

use std::{borrow::Cow, error::Error, fmt};

/// Something of ours failed while doing `what`. Never shown to a caller; logged once, with its chain, at the edge.
#[derive(Debug)]
pub struct Fault {
    pub what: Cow<'static, str>,
    pub kind: FaultKind,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// Whether trying again later may help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The database or a pool cannot answer now: 503 with `Retry-After`.
    Unavailable,
    /// What it hangs from was deleted meanwhile. Who knows what that was can refuse; else as `Broken`.
    Orphaned,
    /// Anything else: 500.
    Broken,
}

impl Fault {
    pub fn new(what: impl Into<Cow<'static, str>>) -> Self {
        Self { what: what.into(), kind: FaultKind::Broken, source: None }
    }

    pub fn while_doing(what: impl Into<Cow<'static, str>>, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { what: what.into(), kind: FaultKind::Broken, source: Some(source.into()) }
    }

    pub fn unavailable(what: impl Into<Cow<'static, str>>) -> Self {
        Self { what: what.into(), kind: FaultKind::Unavailable, source: None }
    }

    #[must_use]
    pub fn of_kind(mut self, kind: FaultKind) -> Self {
        self.kind = kind;
        self
    }

    /// `what: cause: cause …`
    pub fn chain(&self) -> String {
        let mut text = self.what.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl Error for Fault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

/// Why an operation gave no result: it was refused (an answer; what it wrote stays), or something broke (nothing stays).
#[derive(Debug)]
pub enum Failure<R> {
    Refused(R),
    Broken(Fault),
}

impl<R> From<Fault> for Failure<R> {
    fn from(fault: Fault) -> Self {
        Self::Broken(fault)
    }
}

impl<R> Failure<R> {
    /// The same failure in another vocabulary of refusals.
    pub fn map<S>(self, into: impl FnOnce(R) -> S) -> Failure<S> {
        match self {
            Self::Refused(refusal) => Failure::Refused(into(refusal)),
            Self::Broken(fault) => Failure::Broken(fault),
        }
    }

    /// A refusal in place of a fault that says that something was deleted meanwhile.
    #[must_use]
    pub fn where_orphaned(self, refusal: R) -> Self {
        match self {
            Self::Broken(Fault { kind: FaultKind::Orphaned, .. }) => Self::Refused(refusal),
            other => other,
        }
    }
}
