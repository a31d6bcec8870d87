//! Step 17: keys under which values are sealed, themselves sealed under the master key.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, blob, integer},
};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("data_keys")
                    .col(integer("version").primary_key())
                    .col(blob("sealed"))
                    .col(big_integer("created_at"))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("data_keys").to_owned()).await
    }
}
