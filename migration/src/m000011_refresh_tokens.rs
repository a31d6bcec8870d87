//! Step 11: refresh tokens and their successors.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, blob, string, uuid, uuid_null},
};

use crate::columns::{keyed, with_tenant};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(keyed(
                manager,
                with_tenant(
                    Table::create()
                        .table("refresh_tokens")
                        .col(uuid("id").primary_key())
                        .col(blob("digest"))
                        .col(uuid("grant_id"))
                        .col(string("client_id"))
                        .col(big_integer("issued_at"))
                        .col(big_integer("idle_expires_at"))
                        .col(big_integer("absolute_expires_at"))
                        .col(big_integer_null("used_at"))
                        .col(uuid_null("successor_id"))
                        .foreign_key(
                            ForeignKey::create()
                                .from("refresh_tokens", "grant_id")
                                .to("grants", "id")
                                .on_delete(ForeignKeyAction::Cascade),
                        )
                        .to_owned(),
                ),
            ))
            .await?;
        manager
            .create_index(Index::create().name("refresh_tokens_grant_id").table("refresh_tokens").col("grant_id").to_owned())
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("refresh_tokens").to_owned()).await
    }
}
