//! How values lie in columns: instants as Unix seconds, words by their wire name, documents as JSON text.

use serde::{Serialize, de::DeserializeOwned};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::model::{fault::Fault, id::OrganizationId, secret::Digest, session::Authentication, tenant::Tenant};

pub fn seconds(at: OffsetDateTime) -> i64 {
    at.unix_timestamp()
}

pub fn instant(seconds: i64) -> Result<OffsetDateTime, Fault> {
    OffsetDateTime::from_unix_timestamp(seconds).map_err(|error| Fault::while_doing("read an instant from the database", error))
}

pub fn maybe_instant(seconds: Option<i64>) -> Result<Option<OffsetDateTime>, Fault> {
    seconds.map(instant).transpose()
}

pub fn word<T: std::str::FromStr>(text: &str) -> Result<T, Fault> {
    text.parse().map_err(|_| Fault::new("the database holds a word that this version does not know"))
}

pub fn json<T: Serialize>(value: &T) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|error| Fault::while_doing("write a document", error))
}

pub fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|error| Fault::while_doing("read a document from the database", error))
}

pub fn digest(bytes: &[u8]) -> Result<Digest, Fault> {
    bytes.try_into().map(Digest).map_err(|_| Fault::new("the database holds a digest of another length"))
}

pub fn tenant(organization: Uuid, environment: &str) -> Result<Tenant, Fault> {
    Ok(Tenant { organization: OrganizationId(organization), environment: word(environment)? })
}

pub fn authentication(at: i64, acr: &str, amr: &str) -> Result<Authentication, Fault> {
    Ok(Authentication { at: instant(at)?, acr: word(acr)?, amr: amr.split_whitespace().map(str::to_owned).collect() })
}
