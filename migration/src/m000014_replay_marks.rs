//! Step 14: marks of assertions that were seen: each is good once.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, blob, string},
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
                    .table("replay_marks")
                    .col(string("issuer"))
                    .col(blob("digest"))
                    .col(big_integer("expires_at"))
                    .primary_key(Index::create().col("issuer").col("digest"))
                    .to_owned(),
            ))
            .await?;
        manager
            .create_index(Index::create().name("replay_marks_expires_at").table("replay_marks").col("expires_at").to_owned())
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("replay_marks").to_owned()).await
    }
}
