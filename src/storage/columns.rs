//! How the model's values stand in columns, and how they are read back. What cannot be read back is a fault.

use std::str::FromStr;

use sea_orm::prelude::Uuid;
use serde::{Serialize, de::DeserializeOwned};
use time::OffsetDateTime;

use crate::model::{fault::Fault, id::OrganizationId, scope::Scope, secret::Digest, tenant::Tenant};

pub(super) fn instant(seconds: i64) -> Result<OffsetDateTime, Fault> {
    OffsetDateTime::from_unix_timestamp(seconds).map_err(|error| Fault::while_doing("read an instant", error))
}

pub(super) fn instant_or_none(seconds: Option<i64>) -> Result<Option<OffsetDateTime>, Fault> {
    seconds.map(instant).transpose()
}

pub(super) fn seconds(instant: OffsetDateTime) -> i64 {
    instant.unix_timestamp()
}

pub(super) fn seconds_or_none(instant: Option<OffsetDateTime>) -> Option<i64> {
    instant.map(seconds)
}

pub(super) fn digest(bytes: &[u8]) -> Result<Digest, Fault> {
    bytes.try_into().map(Digest).map_err(|_| Fault::new("a stored digest does not have 32 bytes"))
}

pub(super) fn tenant(organization: Uuid, environment: &str) -> Result<Tenant, Fault> {
    Ok(Tenant { organization: OrganizationId(organization), environment: word(environment)? })
}

pub(super) fn scope(text: &str) -> Result<Scope, Fault> {
    Scope::read(text).map_err(|error| Fault::while_doing("read a stored scope", error))
}

/// A value of a closed list, by its wire name.
pub(super) fn word<T>(text: &str) -> Result<T, Fault>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    text.parse().map_err(|error| Fault::while_doing("read a word of a closed list", error))
}

/// A document, as JSON text.
pub(super) fn document<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|error| Fault::while_doing("read a stored document", error))
}

pub(super) fn text<T: Serialize>(document: &T) -> Result<String, Fault> {
    serde_json::to_string(document).map_err(|error| Fault::while_doing("write a document", error))
}
