//! Step 16: signing keys of tokens, private parts sealed.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, blob, integer, string, text},
};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("signing_keys")
                    .col(string("kid").primary_key())
                    .col(string("algorithm"))
                    .col(integer("generation"))
                    .col(text("public"))
                    .col(blob("sealed_private"))
                    .col(big_integer("published_at"))
                    .col(big_integer("active_from"))
                    .col(big_integer_null("retiring_from"))
                    .col(big_integer_null("retired_from"))
                    .col(big_integer_null("revoked_at"))
                    .to_owned(),
            )
            .await?;
        // Unique, so that two nodes cannot both make the next key.
        manager
            .create_index(
                Index::create()
                    .unique()
                    .name("signing_keys_algorithm_generation")
                    .table("signing_keys")
                    .col("algorithm")
                    .col("generation")
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("signing_keys").to_owned()).await
    }
}
