//! Step 26: what recognises the credentials of API keys.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, binary, string, uuid},
};

use crate::columns::keyed;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("api_key_secrets")
            .col(string("lookup").primary_key())
            .col(uuid("key_id"))
            .col(binary("mac"))
            .col(big_integer("created_at"))
            .col(big_integer_null("expires_at"))
            .foreign_key(
                ForeignKey::create().from("api_key_secrets", "key_id").to("api_keys", "id").on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned();
        manager.create_table(keyed(manager, table)).await?;
        manager
            .create_index(Index::create().name("api_key_secrets_key_id").table("api_key_secrets").col("key_id").to_owned())
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("api_key_secrets").to_owned()).await
    }
}
