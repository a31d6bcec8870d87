//! Step 4: registered clients.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, string, string_null, text},
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
                    .table("clients")
                    .col(string("id").primary_key())
                    .col(text("metadata"))
                    .col(string_null("resource_server"))
                    .col(big_integer("created_at"))
                    .col(big_integer("updated_at"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("clients", "organization_id")
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
                    .name("clients_id_organization_id_environment")
                    .table("clients")
                    .col("id")
                    .col("organization_id")
                    .col("environment")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .unique()
                    .name("clients_organization_id_environment_resource_server")
                    .table("clients")
                    .col("organization_id")
                    .col("environment")
                    .col("resource_server")
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("clients").to_owned()).await
    }
}
