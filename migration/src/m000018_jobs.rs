//! Step 18: recurring work: who does it and when it is due.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, string, string_null},
};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("jobs")
                    .col(string("kind").primary_key())
                    .col(string_null("node"))
                    .col(big_integer_null("leased_until"))
                    .col(big_integer("due_at"))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("jobs").to_owned()).await
    }
}
