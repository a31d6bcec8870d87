//! Marks of JWT access tokens that ended before their time.

use time::OffsetDateTime;

use super::{Db, Inserted, Tx, columns::*};
use crate::model::{fault::Fault, id::AccessTokenId};

/// `expires_at` is the token's own: then the mark is of no use any more.
pub async fn insert(tx: &Tx, token: AccessTokenId, expires_at: OffsetDateTime) -> Result<Inserted, Fault> {
    let sql = "INSERT INTO revoked_tokens (id, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    tx.insert(sql, vec![token.0.into(), seconds(expires_at).into()]).await
}

pub async fn is_revoked(db: &Db, token: AccessTokenId) -> Result<bool, Fault> {
    Ok(db.row("SELECT 1 FROM revoked_tokens WHERE id = $1", [token.0.into()]).await?.is_some())
}
