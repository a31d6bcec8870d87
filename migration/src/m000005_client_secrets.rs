//! Step 5: the secrets of clients: a digest, or sealed where the secret itself is needed.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, blob_null, string, uuid},
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
                        .table("client_secrets")
                        .col(uuid("id").primary_key())
                        .col(string("client_id"))
                        .col(blob_null("digest"))
                        .col(blob_null("sealed"))
                        .col(big_integer("created_at"))
                        .col(big_integer_null("expires_at"))
                        .foreign_key(
                            ForeignKey::create()
                                .from("client_secrets", ("client_id", "organization_id", "environment"))
                                .to("clients", ("id", "organization_id", "environment"))
                                .on_delete(ForeignKeyAction::Cascade),
                        )
                        .to_owned(),
                ),
            ))
            .await?;
        manager
            .create_index(Index::create().name("client_secrets_client_id").table("client_secrets").col("client_id").to_owned())
            .await?;
        manager
            .create_index(Index::create().name("client_secrets_expires_at").table("client_secrets").col("expires_at").to_owned())
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("client_secrets").to_owned()).await
    }
}
