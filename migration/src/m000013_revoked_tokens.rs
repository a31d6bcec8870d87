//! Step 13: marks of JWT access tokens that ended before their time.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, uuid},
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
                Table::create().table("revoked_tokens").col(uuid("id").primary_key()).col(big_integer("expires_at")).to_owned(),
            ))
            .await?;
        manager
            .create_index(Index::create().name("revoked_tokens_expires_at").table("revoked_tokens").col("expires_at").to_owned())
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("revoked_tokens").to_owned()).await
    }
}
