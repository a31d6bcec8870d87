//! Answers that change seldom, kept as bytes with their `ETag`.

use aws_lc_rs::digest;
use serde::Serialize;

use crate::model::fault::Fault;

#[derive(Debug, Clone)]
pub struct Document {
    pub bytes: bytes::Bytes,
    /// Quoted, as the header carries it.
    pub etag: String,
}

impl Document {
    pub fn of(value: &impl Serialize) -> Result<Self, Fault> {
        let bytes = serde_json::to_vec(value).map_err(|error| Fault::while_doing("write a document", error))?;
        let hash = digest::digest(&digest::SHA256, &bytes);
        let etag: String = hash.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { bytes: bytes.into(), etag: format!("\"{etag}\"") })
    }
}
