//! `clients`, `client_secrets`.

use sea_orm_migration::prelude::*;

use crate::table;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut clients = table::new(manager, "clients", table::RowId::Kept);
        clients
            .col(ColumnDef::new("id").text().not_null())
            .col(ColumnDef::new("organization_id").uuid().not_null())
            .col(ColumnDef::new("environment").text().not_null())
            .col(ColumnDef::new("resource_server").text().null())
            .col(ColumnDef::new("metadata").text().not_null())
            .col(ColumnDef::new("created_at").big_integer().not_null())
            .col(ColumnDef::new("updated_at").big_integer().not_null())
            .primary_key(Index::create().col("id"))
            .foreign_key(
                ForeignKey::create()
                    .from("clients", "organization_id")
                    .to("organizations", "id")
                    .on_delete(ForeignKeyAction::Cascade),
            );
        manager.create_table(clients).await?;
        table::index(manager, "clients", "clients_by_tenant", &["organization_id", "environment"], table::Kind::Plain).await?;
        table::index(
            manager,
            "clients",
            "clients_by_resource_server",
            &["organization_id", "environment", "resource_server"],
            table::Kind::Unique,
        )
        .await?;
        let mut client_secrets = table::new(manager, "client_secrets", table::RowId::None);
        client_secrets
            .col(ColumnDef::new("id").uuid().not_null())
            .col(ColumnDef::new("client_id").text().not_null())
            .col(ColumnDef::new("digest").binary().null())
            .col(ColumnDef::new("sealed").binary().null())
            .col(ColumnDef::new("created_at").big_integer().not_null())
            .col(ColumnDef::new("expires_at").big_integer().null())
            .primary_key(Index::create().col("id"))
            .foreign_key(
                ForeignKey::create().from("client_secrets", "client_id").to("clients", "id").on_delete(ForeignKeyAction::Cascade),
            );
        manager.create_table(client_secrets).await?;
        table::index(manager, "client_secrets", "client_secrets_by_client", &["client_id"], table::Kind::Plain).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("client_secrets").to_owned()).await?;
        manager.drop_table(Table::drop().table("clients").to_owned()).await?;
        Ok(())
    }
}
