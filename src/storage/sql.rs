//! SQL text for the statements of the busiest paths, made once from the entities. Placeholders are `$1`, which both databases read.

use std::borrow::Cow;

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, IdenStatic, Iterable, ModelTrait, QueryFilter, QueryOrder,
    QuerySelect, Select, Value,
};

use super::Tx;
use crate::model::{page::Slice, tenant::Tenant};

/// The columns of a table, each as `alias.column AS prefix_column`.
pub(super) fn columns<E: EntityTrait>(alias: &str) -> String {
    let column = |column: E::Column| format!("{alias}.{0} AS {alias}_{0}", column.as_str());
    E::Column::iter().map(column).collect::<Vec<_>>().join(", ")
}

/// The columns of a table under their own names.
pub(super) fn plain_columns<E: EntityTrait>() -> String {
    E::Column::iter().map(|column| column.as_str().to_owned()).collect::<Vec<_>>().join(", ")
}

/// `SELECT` of whole rows; what follows `FROM table` is given.
pub(super) fn select<E: EntityTrait>(rest: &str) -> String {
    format!("SELECT {} FROM {} {rest}", plain_columns::<E>(), E::default().as_str())
}

/// `UPDATE` that answers the rows it changed; what follows `UPDATE table` is given.
pub(super) fn update_returning<E: EntityTrait>(rest: &str) -> String {
    format!("UPDATE {} {rest} RETURNING {}", E::default().as_str(), plain_columns::<E>())
}

/// `INSERT` of one whole row; its values are [`values`].
pub(super) fn insert<E: EntityTrait>() -> String {
    format!("INSERT INTO {} ({}) VALUES ({})", E::default().as_str(), plain_columns::<E>(), places::<E>())
}

/// The same, and nothing happens when a row with one of its unique keys is there.
pub(super) fn insert_if_absent<E: EntityTrait>() -> String {
    insert::<E>() + " ON CONFLICT DO NOTHING"
}

/// The same, and nothing happens unless another row is there: what follows `FROM` is given. To be [`held`].
pub(super) fn insert_from<E: EntityTrait>(rest: &str) -> String {
    format!("INSERT INTO {} ({}) SELECT {} FROM {rest}", E::default().as_str(), plain_columns::<E>(), places::<E>())
}

fn places<E: EntityTrait>() -> String {
    (1..=E::Column::iter().count()).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ")
}

/// What the statement finds stays as it is until the commit. PostgreSQL must be told so; SQLite has one writer at a time anyway.
pub(super) fn held<'a>(tx: &Tx, sql: &'a str) -> Cow<'a, str> {
    match tx.get_database_backend() {
        DbBackend::Postgres => format!("{sql} FOR SHARE").into(),
        _ => sql.into(),
    }
}

/// The rows of a tenant.
pub(super) fn of_tenant<C: ColumnTrait>(organization: C, environment: C, tenant: &Tenant) -> Condition {
    Condition::all().add(organization.eq(tenant.organization.0)).add(environment.eq(tenant.environment.as_str()))
}

/// One part of a list, in the order of its keys.
pub(super) fn part<E: EntityTrait>(query: Select<E>, key: E::Column, slice: Slice) -> Select<E> {
    let query = query.order_by_asc(key).limit(slice.most);
    match slice.after {
        Some(after) => query.filter(key.gt(after)),
        None => query,
    }
}

/// The values of a whole row, in the order of its columns.
pub(super) fn values<M: ModelTrait>(row: &M) -> Vec<Value> {
    <M::Entity as EntityTrait>::Column::iter().map(|column| row.get(column)).collect()
}
