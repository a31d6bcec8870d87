//! Recurring jobs, claimed by lease: one node at a time, and not before they are due.

use time::{Duration, OffsetDateTime};

use super::{Tx, columns::*};
use crate::model::{fault::Fault, job::JobKind};

/// True: it is due, nobody has it, and this node has it now until the lease ends.
pub async fn claim(tx: &Tx, job: JobKind, node: &str, now: OffsetDateTime, lease: Duration) -> Result<bool, Fault> {
    let sql = "INSERT INTO jobs (kind, node, leased_until, due_at) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (kind) DO UPDATE SET node = excluded.node, leased_until = excluded.leased_until \
               WHERE jobs.due_at <= $4 AND (jobs.leased_until IS NULL OR jobs.leased_until <= $4)";
    let values = [job.as_str().into(), node.into(), seconds(now + lease).into(), seconds(now).into()];
    Ok(tx.change(sql, values).await? > 0)
}

/// Done, unless the lease has meanwhile gone to another node: due again after its interval.
pub async fn finish(tx: &Tx, job: JobKind, node: &str, now: OffsetDateTime) -> Result<(), Fault> {
    let sql = "UPDATE jobs SET node = NULL, leased_until = NULL, due_at = $1 WHERE kind = $2 AND node = $3";
    tx.change(sql, [seconds(now + job.interval()).into(), job.as_str().into(), node.into()]).await?;
    Ok(())
}
