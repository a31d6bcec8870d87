//! What several tables have in common: the two columns of a tenant, and a clustered key.

use sea_orm_migration::{
    prelude::*,
    schema::{string, uuid},
    sea_orm::DbBackend,
};

/// The organization and the environment that a row belongs to.
pub fn with_tenant(mut table: TableCreateStatement) -> TableCreateStatement {
    table.col(uuid("organization_id")).col(string("environment")).to_owned()
}

/// On SQLite, rows lie in the order of their key. Keys that begin with the time are appended to the end of the table.
pub fn keyed(manager: &SchemaManager<'_>, mut table: TableCreateStatement) -> TableCreateStatement {
    if manager.get_database_backend() == DbBackend::Sqlite {
        table.extra("WITHOUT ROWID");
    }
    table
}
