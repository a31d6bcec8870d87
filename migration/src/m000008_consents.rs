//! Step 8: what users agreed to, apart from any grant.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, string, text, uuid},
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
                    .table("consents")
                    .col(uuid("user_id"))
                    .col(string("client_id"))
                    .col(string("resource"))
                    .col(text("scope"))
                    .col(text("claims"))
                    .col(big_integer("given_at"))
                    .primary_key(Index::create().col("user_id").col("client_id").col("resource"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("consents", ("user_id", "organization_id", "environment"))
                            .to("users", ("id", "organization_id", "environment"))
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from("consents", ("client_id", "organization_id", "environment"))
                            .to("clients", ("id", "organization_id", "environment"))
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            ))
            .await?;
        manager.create_index(Index::create().name("consents_client_id").table("consents").col("client_id").to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("consents").to_owned()).await
    }
}
