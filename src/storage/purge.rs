//! Removing what is of no use any more, in batches small enough that nobody waits for them.
//!
//! Spent codes and refresh tokens stay until nothing of their grant can be alive, so that a second use is always recognised as one.

use time::{Duration, OffsetDateTime};

use super::{Tx, columns::*};
use crate::model::{fault::Fault, names::wire_names};

wire_names! {
    /// The tables that grow, in an order in which each finds what hangs from it gone.
    Purgeable {
        Interactions = "interactions",
        Sessions = "sessions",
        AccessTokens = "access_tokens",
        RevokedTokens = "revoked_tokens",
        ReplayMarks = "replay_marks",
        Attempts = "attempts",
        ClientSecrets = "client_secrets",
        Codes = "codes",
        RefreshTokens = "refresh_tokens",
        Grants = "grants",
    }
}

impl Purgeable {
    /// How long a row is kept after it has expired. Clocks of several nodes may differ by less than any of these.
    pub fn retention(self) -> Duration {
        match self {
            Self::AccessTokens | Self::RevokedTokens | Self::ReplayMarks | Self::Attempts => Duration::minutes(10),
            Self::Interactions => Duration::hours(1),
            Self::Sessions | Self::Codes | Self::RefreshTokens | Self::Grants => Duration::days(1),
            Self::ClientSecrets => Duration::days(30),
        }
    }

    /// Deletes at most `$2` rows that expired before `$1`.
    fn statement(self) -> &'static str {
        match self {
            Self::Interactions => {
                "DELETE FROM interactions WHERE id IN (SELECT id FROM interactions WHERE expires_at < $1 LIMIT $2)"
            }
            Self::Sessions => "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at < $1 LIMIT $2)",
            Self::AccessTokens => {
                "DELETE FROM access_tokens WHERE id IN (SELECT id FROM access_tokens WHERE expires_at < $1 LIMIT $2)"
            }
            Self::RevokedTokens => {
                "DELETE FROM revoked_tokens WHERE id IN (SELECT id FROM revoked_tokens WHERE expires_at < $1 LIMIT $2)"
            }
            Self::ReplayMarks => {
                "DELETE FROM replay_marks WHERE (issuer, digest) IN \
                 (SELECT issuer, digest FROM replay_marks WHERE expires_at < $1 LIMIT $2)"
            }
            Self::Attempts => "DELETE FROM attempts WHERE key IN (SELECT key FROM attempts WHERE ends_at < $1 LIMIT $2)",
            Self::ClientSecrets => {
                "DELETE FROM client_secrets WHERE id IN (SELECT id FROM client_secrets WHERE expires_at < $1 LIMIT $2)"
            }
            Self::Codes => {
                "DELETE FROM codes WHERE id IN (SELECT c.id FROM grants g JOIN codes c ON c.grant_id = g.id \
                 WHERE g.expires_at < $1 LIMIT $2)"
            }
            Self::RefreshTokens => {
                "DELETE FROM refresh_tokens WHERE id IN \
                 (SELECT r.id FROM grants g JOIN refresh_tokens r ON r.grant_id = g.id WHERE g.expires_at < $1 LIMIT $2)"
            }
            // Rows that hang from a grant go first, in batches of their own.
            Self::Grants => {
                "DELETE FROM grants WHERE id IN (SELECT g.id FROM grants g WHERE g.expires_at < $1 \
                 AND NOT EXISTS (SELECT 1 FROM codes c WHERE c.grant_id = g.id) \
                 AND NOT EXISTS (SELECT 1 FROM refresh_tokens r WHERE r.grant_id = g.id) \
                 AND NOT EXISTS (SELECT 1 FROM access_tokens a WHERE a.grant_id = g.id) LIMIT $2)"
            }
        }
    }
}

/// Removes at most that many rows and answers how many; fewer than asked for: there are no more.
pub async fn batch(tx: &Tx, table: Purgeable, now: OffsetDateTime, limit: u64) -> Result<u64, Fault> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let before = seconds(now - table.retention());
    tx.change(table.statement(), [before.into(), limit.into()]).await
}
