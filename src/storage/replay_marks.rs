//! Marks of assertions that were seen: each is good once. RFC 7523 §3.

use time::OffsetDateTime;

use super::{Inserted, Tx, columns::*};
use crate::model::{fault::Fault, secret::Digest};

/// `Exists`: this `jti` of this issuer was seen. `expires_at` is when the assertion is refused for its age anyway.
pub async fn insert(tx: &Tx, issuer: &str, jti: &Digest, expires_at: OffsetDateTime) -> Result<Inserted, Fault> {
    let sql = "INSERT INTO replay_marks (issuer, digest, expires_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    tx.insert(sql, vec![issuer.into(), jti.0.to_vec().into(), seconds(expires_at).into()]).await
}
