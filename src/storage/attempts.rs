//! Places at a guessable secret: so many in a window that begins with the first.

use entity::attempts::{Column, Entity};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Statement,
    sea_query::{Expr, ExprTrait},
};
use time::{Duration, OffsetDateTime};

use crate::model::fault::Fault;

use super::{Tx, columns, fault};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Taken,
    /// None is free before this instant.
    Full {
        retry_at: OffsetDateTime,
    },
}

/// Counts before the check, in one statement, so that parallel guesses cannot outrun the count.
pub async fn take(tx: &Tx, key: &str, limit: u32, window: Duration, now: OffsetDateTime) -> Result<Place, Fault> {
    let sql = "INSERT INTO attempts (key, count, resets_at) VALUES ($1, 1, $2) \
               ON CONFLICT (key) DO UPDATE SET \
               count = CASE WHEN attempts.resets_at <= $3 THEN 1 ELSE attempts.count + 1 END, \
               resets_at = CASE WHEN attempts.resets_at <= $3 THEN $2 ELSE attempts.resets_at END \
               RETURNING count, resets_at";
    let (now, end) = (columns::seconds(now), columns::seconds(now + window));
    let statement = Statement::from_sql_and_values(tx.get_database_backend(), sql, [key.into(), end.into(), now.into()]);
    let row = tx.query_one_raw(statement).await.map_err(fault("take a place"))?;
    let row = row.ok_or_else(|| Fault::new("taking a place answered nothing"))?;
    let count: i32 = row.try_get_by_index(0).map_err(fault("take a place"))?;
    let resets_at: i64 = row.try_get_by_index(1).map_err(fault("take a place"))?;
    if i64::from(count) <= i64::from(limit) {
        Ok(Place::Taken)
    } else {
        Ok(Place::Full { retry_at: columns::instant(resets_at)? })
    }
}

pub async fn give_back(tx: &Tx, key: &str, _now: OffsetDateTime) -> Result<(), Fault> {
    Entity::update_many()
        .col_expr(Column::Count, Expr::col(Column::Count).sub(1))
        .filter(Column::Key.eq(key))
        .filter(Column::Count.gt(0))
        .exec(&**tx)
        .await
        .map_err(fault("give a place back"))?;
    Ok(())
}
