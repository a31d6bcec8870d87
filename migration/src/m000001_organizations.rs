//! Step 1: organizations, the tenants.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, blob_null, string, string_null, uuid},
};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("organizations")
                    .col(uuid("id").primary_key())
                    .col(string("slug"))
                    .col(string("name"))
                    .col(string_null("accent"))
                    .col(string_null("logo_media_type"))
                    .col(blob_null("logo"))
                    .col(big_integer("created_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(Index::create().unique().name("organizations_slug").table("organizations").col("slug").to_owned())
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("organizations").to_owned()).await
    }
}
