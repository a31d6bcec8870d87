//! Refusals of everything but OAuth's own endpoints: the same value, whatever dress it is told in.

use std::fmt;

use crate::model::{actor::Denied, fault::Failure};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody is known by what was presented; the tag says why, and is told to nobody.
    Unauthenticated(&'static str),
    /// Too many credentials from this address were wrong.
    Throttled,
    /// Whoever asks is known, and may not.
    Forbidden(String),
    /// What was asked for is not there, or not in this tenant.
    NotFound(&'static str),
    Invalid(Vec<FieldProblem>),
    Conflict(String),
}

/// One thing that is wrong with what was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldProblem {
    pub field: String,
    pub detail: String,
}

impl Refusal {
    pub fn field(field: &str, detail: &str) -> Self {
        Self::Invalid(vec![FieldProblem { field: field.to_owned(), detail: detail.to_owned() }])
    }

    pub fn conflict(detail: &str) -> Self {
        Self::Conflict(detail.to_owned())
    }
}

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::OtherTenant => Self::NotFound("organization"),
            Denied::Missing(permission) => Self::Forbidden(format!("This needs the permission {permission}.")),
            Denied::Beyond(permissions) => {
                Self::Forbidden(format!("Nobody grants or changes what goes beyond their own rights: {permissions}."))
            }
            Denied::LiveOnly => {
                Self::Forbidden("Both environments share this; only a credential of `live` changes it.".to_owned())
            }
        }
    }
}

impl From<Denied> for Failure<Refusal> {
    fn from(denied: Denied) -> Self {
        Self::Refused(denied.into())
    }
}

impl From<Refusal> for Failure<Refusal> {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unauthenticated(_) => f.write_str("the credential is unknown, expired or revoked"),
            Self::Throttled => f.write_str("there were too many wrong credentials"),
            Self::Forbidden(detail) => f.write_str(detail),
            Self::NotFound(what) => write!(f, "there is no such {what}"),
            Self::Conflict(detail) => f.write_str(detail),
            Self::Invalid(problems) => {
                let lines: Vec<_> = problems.iter().map(|problem| format!("`{}` {}", problem.field, problem.detail)).collect();
                f.write_str(&lines.join("; "))
            }
        }
    }
}
