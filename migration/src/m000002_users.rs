//! Step 2: people. Their keys are random, so that a `sub` does not tell when someone signed up.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, boolean, string, string_null, text, uuid},
};

use crate::columns::with_tenant;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(with_tenant(
                Table::create()
                    .table("users")
                    .col(uuid("id").primary_key())
                    .col(string_null("username"))
                    .col(string("email"))
                    .col(boolean("is_email_verified"))
                    .col(string("role"))
                    .col(text("claims"))
                    .col(string_null("password_hash"))
                    .col(string("status"))
                    .col(big_integer("created_at"))
                    .col(big_integer("updated_at"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("users", "organization_id")
                            .to("organizations", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            ))
            .await?;
        manager
            .create_index(
                Index::create()
                    .unique()
                    .name("users_id_organization_id_environment")
                    .table("users")
                    .col("id")
                    .col("organization_id")
                    .col("environment")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("users_organization_id_environment")
                    .table("users")
                    .col("organization_id")
                    .col("environment")
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("users").to_owned()).await
    }
}
