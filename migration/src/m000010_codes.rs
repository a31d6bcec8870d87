//! Step 10: authorization codes.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, blob, boolean, string, string_null, text, text_null, uuid},
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
                        .table("codes")
                        .col(uuid("id").primary_key())
                        .col(blob("digest"))
                        .col(uuid("grant_id"))
                        .col(string("client_id"))
                        .col(text("redirect_uri"))
                        .col(boolean("redirect_uri_was_sent"))
                        .col(string_null("code_challenge"))
                        .col(text_null("nonce"))
                        .col(big_integer("expires_at"))
                        .col(big_integer_null("consumed_at"))
                        .foreign_key(
                            ForeignKey::create()
                                .from("codes", "grant_id")
                                .to("grants", "id")
                                .on_delete(ForeignKeyAction::Cascade),
                        )
                        .to_owned(),
                ),
            ))
            .await?;
        manager.create_index(Index::create().name("codes_grant_id").table("codes").col("grant_id").to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("codes").to_owned()).await
    }
}
