//! What the steps have in common.

use sea_orm_migration::prelude::*;

/// Tables keyed by a time-ordered id are stored in the order of that key on SQLite.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum RowId {
    Kept,
    None,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Plain,
    Unique,
}

pub fn new(manager: &SchemaManager<'_>, name: &'static str, row_id: RowId) -> TableCreateStatement {
    let mut table = Table::create();
    table.table(name);
    if row_id == RowId::None && manager.get_database_backend() == sea_orm::DatabaseBackend::Sqlite {
        table.extra("WITHOUT ROWID");
    }
    table.take()
}

pub async fn index(
    manager: &SchemaManager<'_>,
    table: &'static str,
    name: &'static str,
    columns: &[&'static str],
    kind: Kind,
) -> Result<(), DbErr> {
    let mut index = Index::create();
    index.name(name).table(table);
    for column in columns {
        index.col(*column);
    }
    if kind == Kind::Unique {
        index.unique();
    }
    manager.create_index(index.take()).await
}
