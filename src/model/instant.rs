//! How an instant is written outside of the protocols: RFC 3339, in whole seconds, UTC.

use serde::Serializer;
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

pub fn text(at: OffsetDateTime) -> String {
    let at = at.to_offset(UtcOffset::UTC);
    at.replace_nanosecond(0).unwrap_or(at).format(&Rfc3339).unwrap_or_default()
}

/// For `#[serde(serialize_with = …)]`.
pub fn serialize<S: Serializer>(at: &OffsetDateTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&text(*at))
}
