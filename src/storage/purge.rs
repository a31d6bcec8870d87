//! Removing what is of no use any more, in batches small enough that nobody waits for them.
//!
//! Spent codes and refresh tokens stay until nothing of their grant can be alive, so that a second use is always recognised as one.

use time::{Duration, OffsetDateTime};

use super::{Tx, columns::*};
use crate::model::{fault::Fault, names::wire_names};

wire_names! {
    /// The tables that grow, in an order in which each finds what hangs from it gone. Codes and refresh tokens go with their grant.
    Purgeable {
        Interactions = "interactions",
        Sessions = "sessions",
        AccessTokens = "access_tokens",
        RevokedTokens = "revoked_tokens",
        ReplayMarks = "replay_marks",
        Attempts = "attempts",
        ClientSecrets = "client_secrets",
        Grants = "grants",
    }
}

impl Purgeable {
    /// How long a row is kept after it has expired. Clocks of several nodes may differ by less than any of these.
    pub fn retention(self) -> Duration {
        match self {
            Self::AccessTokens | Self::RevokedTokens | Self::ReplayMarks | Self::Attempts => Duration::minutes(10),
            Self::Interactions => Duration::hours(1),
            Self::Sessions | Self::Grants => Duration::days(1),
            Self::ClientSecrets => Duration::days(30),
        }
    }

    /// Each deletes at most `$2` rows that expired before `$1`.
    fn statements(self) -> Vec<String> {
        let (key, end) = match self {
            Self::Grants => return GRANTS.iter().map(|&statement| statement.to_owned()).collect(),
            Self::ReplayMarks => ("issuer, digest", "expires_at"),
            Self::Attempts => ("key", "ends_at"),
            Self::Interactions | Self::Sessions | Self::AccessTokens | Self::RevokedTokens | Self::ClientSecrets => {
                ("id", "expires_at")
            }
        };
        vec![format!("DELETE FROM {self} WHERE ({key}) IN (SELECT {key} FROM {self} WHERE {end} < $1 LIMIT $2)")]
    }
}

/// Of the grants that expired first: what hangs from them, some of it at a time, and then those from which nothing does. Looking for the
/// next code or token anywhere would pass by all the grants that have none left, again for each batch.
const GRANTS: &[&str] = &[
    "DELETE FROM codes WHERE id IN (SELECT id FROM codes WHERE grant_id IN \
     (SELECT id FROM grants WHERE expires_at < $1 ORDER BY expires_at LIMIT $2) LIMIT $2)",
    "DELETE FROM refresh_tokens WHERE id IN (SELECT id FROM refresh_tokens WHERE grant_id IN \
     (SELECT id FROM grants WHERE expires_at < $1 ORDER BY expires_at LIMIT $2) LIMIT $2)",
    "DELETE FROM grants WHERE id IN (SELECT id FROM grants WHERE expires_at < $1 ORDER BY expires_at LIMIT $2) \
     AND NOT EXISTS (SELECT 1 FROM codes c WHERE c.grant_id = grants.id) \
     AND NOT EXISTS (SELECT 1 FROM refresh_tokens r WHERE r.grant_id = grants.id) \
     AND NOT EXISTS (SELECT 1 FROM access_tokens a WHERE a.grant_id = grants.id)",
];

/// Removes a batch: about as many rows as the limit says, from each table concerned. Answers how many; none: there are no more.
pub async fn batch(tx: &Tx, table: Purgeable, now: OffsetDateTime, limit: u64) -> Result<u64, Fault> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let before = seconds(now - table.retention());
    let mut gone = 0;
    for statement in table.statements() {
        gone += tx.change(&statement, [before.into(), limit.into()]).await?;
    }
    Ok(gone)
}
