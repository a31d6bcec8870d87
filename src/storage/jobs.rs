//! Leases of jobs: any number of nodes, one at a time.

use entity::jobs::{Column, Entity};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Statement};
use time::{Duration, OffsetDateTime};

use crate::model::{fault::Fault, job::JobKind};

use super::{Tx, columns, fault};

/// True if the job is due, nobody else is at it, and it is now this node's until the lease ends.
pub async fn claim(tx: &Tx, kind: JobKind, node: &str, now: OffsetDateTime, lease: Duration) -> Result<bool, Fault> {
    let sql = "INSERT INTO jobs (kind, leased_by, leased_until, done_at) VALUES ($1, $2, $3, 0) \
               ON CONFLICT (kind) DO UPDATE SET leased_by = $2, leased_until = $3 \
               WHERE jobs.leased_until <= $4 AND jobs.done_at <= $5 RETURNING kind";
    let (until, due) = (columns::seconds(now + lease), columns::seconds(now - kind.interval()));
    let values = [kind.as_str().into(), node.into(), until.into(), columns::seconds(now).into(), due.into()];
    let row = tx.query_one_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await;
    Ok(row.map_err(fault("claim a job"))?.is_some())
}

pub async fn finish(tx: &Tx, kind: JobKind, node: &str, now: OffsetDateTime) -> Result<(), Fault> {
    Entity::update_many()
        .col_expr(Column::DoneAt, columns::seconds(now).into())
        .col_expr(Column::LeasedUntil, 0.into())
        .filter(Column::Kind.eq(kind.as_str()))
        .filter(Column::LeasedBy.eq(node))
        .exec(&**tx)
        .await
        .map_err(fault("finish a job"))?;
    Ok(())
}
