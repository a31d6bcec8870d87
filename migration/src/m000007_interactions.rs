//! Step 7: authorizations under way.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, blob, string, text, uuid},
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
                        .table("interactions")
                        .col(uuid("id").primary_key())
                        .col(string("client_id"))
                        .col(blob("browser"))
                        .col(text("request"))
                        .col(text("progress"))
                        .col(big_integer("created_at"))
                        .col(big_integer("expires_at"))
                        .col(big_integer_null("finished_at"))
                        .foreign_key(
                            ForeignKey::create()
                                .from("interactions", ("client_id", "organization_id", "environment"))
                                .to("clients", ("id", "organization_id", "environment"))
                                .on_delete(ForeignKeyAction::Cascade),
                        )
                        .to_owned(),
                ),
            ))
            .await?;
        manager
            .create_index(Index::create().name("interactions_client_id").table("interactions").col("client_id").to_owned())
            .await?;
        manager
            .create_index(Index::create().name("interactions_expires_at").table("interactions").col("expires_at").to_owned())
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("interactions").to_owned()).await
    }
}
