//! Step 12: opaque access tokens.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, blob, string, text, uuid, uuid_null},
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
                        .table("access_tokens")
                        .col(uuid("id").primary_key())
                        .col(blob("digest"))
                        .col(uuid_null("grant_id"))
                        .col(string("client_id"))
                        .col(text("scope"))
                        .col(text("audience"))
                        .col(big_integer("issued_at"))
                        .col(big_integer("expires_at"))
                        .foreign_key(
                            ForeignKey::create()
                                .from("access_tokens", "grant_id")
                                .to("grants", "id")
                                .on_delete(ForeignKeyAction::Cascade),
                        )
                        .foreign_key(
                            ForeignKey::create()
                                .from("access_tokens", ("client_id", "organization_id", "environment"))
                                .to("clients", ("id", "organization_id", "environment"))
                                .on_delete(ForeignKeyAction::Cascade),
                        )
                        .to_owned(),
                ),
            ))
            .await?;
        manager
            .create_index(Index::create().name("access_tokens_grant_id").table("access_tokens").col("grant_id").to_owned())
            .await?;
        manager
            .create_index(Index::create().name("access_tokens_client_id").table("access_tokens").col("client_id").to_owned())
            .await?;
        manager
            .create_index(Index::create().name("access_tokens_expires_at").table("access_tokens").col("expires_at").to_owned())
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("access_tokens").to_owned()).await
    }
}
