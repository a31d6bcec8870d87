//! Step 15: counted attempts, by key and window.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, integer, string},
};

use crate::columns::keyed;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(keyed(
                manager,
                Table::create()
                    .table("attempts")
                    .col(string("key").primary_key())
                    .col(integer("taken"))
                    .col(big_integer("ends_at"))
                    .to_owned(),
            ))
            .await?;
        manager.create_index(Index::create().name("attempts_ends_at").table("attempts").col("ends_at").to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("attempts").to_owned()).await
    }
}
