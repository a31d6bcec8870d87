//! Taking away what has expired, a batch at a time. Spent rows stay until nothing of their grant can be alive, so that a replay is recognised.

use sea_orm::{ConnectionTrait, Statement};
use time::{Duration, OffsetDateTime};

use crate::model::{fault::Fault, id::ClientId};

use super::{Tx, columns, fault};

/// A kind of row that grows, and how long it stays after its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purgeable {
    Interactions,
    Sessions,
    Grants,
    AccessTokens,
    RevokedTokens,
    ReplayMarks,
    Attempts,
    ClientSecrets,
}

impl Purgeable {
    pub const ALL: &'static [Self] = &[
        Self::Interactions,
        Self::Sessions,
        Self::Grants,
        Self::AccessTokens,
        Self::RevokedTokens,
        Self::ReplayMarks,
        Self::Attempts,
        Self::ClientSecrets,
    ];

    /// After its end, for whoever asks what happened.
    pub fn retention(self) -> Duration {
        match self {
            Self::Interactions | Self::Sessions | Self::Grants => Duration::days(1),
            Self::AccessTokens | Self::RevokedTokens | Self::ReplayMarks | Self::Attempts => Duration::minutes(5),
            Self::ClientSecrets => Duration::days(30),
        }
    }

    fn table_key_end(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Interactions => ("interactions", "id", "expires_at"),
            Self::Sessions => ("sessions", "id", "expires_at"),
            Self::Grants => ("grants", "id", "expires_at"),
            Self::AccessTokens => ("access_tokens", "id", "expires_at"),
            Self::RevokedTokens => ("revoked_tokens", "id", "expires_at"),
            Self::ReplayMarks => ("replay_marks", "digest", "expires_at"),
            Self::Attempts => ("attempts", "key", "resets_at"),
            Self::ClientSecrets => ("client_secrets", "id", "expires_at"),
        }
    }
}

/// How many rows went. A grant takes its codes and refresh tokens along.
pub async fn batch(tx: &Tx, kind: Purgeable, now: OffsetDateTime, limit: u64) -> Result<u64, Fault> {
    let (table, key, end) = kind.table_key_end();
    let before = columns::seconds(now - kind.retention());
    let chosen = format!("SELECT {key} FROM {table} WHERE {end} < $1 ORDER BY {end} LIMIT {limit}");
    if kind == Purgeable::Grants {
        for child in ["codes", "refresh_tokens"] {
            run(tx, &format!("DELETE FROM {child} WHERE grant_id IN ({chosen})"), before.into()).await?;
        }
    }
    run(tx, &format!("DELETE FROM {table} WHERE {key} IN ({chosen})"), before.into()).await
}

/// What hangs from a client without a foreign key.
pub(super) async fn of_client(tx: &Tx, client: &ClientId) -> Result<(), Fault> {
    for table in ["codes", "refresh_tokens", "access_tokens", "grants", "client_secrets", "consents"] {
        run(tx, &format!("DELETE FROM {table} WHERE client_id = $1"), client.as_str().into()).await?;
    }
    Ok(())
}

async fn run(tx: &Tx, sql: &str, value: sea_orm::Value) -> Result<u64, Fault> {
    let statement = Statement::from_sql_and_values(tx.get_database_backend(), sql, [value]);
    tx.execute_raw(statement).await.map(|done| done.rows_affected()).map_err(fault("purge"))
}
