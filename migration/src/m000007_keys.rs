//! `signing_keys`, `data_keys`.

use sea_orm_migration::prelude::*;

use crate::table;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut signing_keys = table::new(manager, "signing_keys", table::RowId::Kept);
        signing_keys
            .col(ColumnDef::new("kid").text().not_null())
            .col(ColumnDef::new("algorithm").text().not_null())
            .col(ColumnDef::new("generation").integer().not_null())
            .col(ColumnDef::new("public").text().not_null())
            .col(ColumnDef::new("sealed_private").binary().not_null())
            .col(ColumnDef::new("published_at").big_integer().not_null())
            .col(ColumnDef::new("active_from").big_integer().not_null())
            .col(ColumnDef::new("retiring_from").big_integer().null())
            .col(ColumnDef::new("retired_from").big_integer().null())
            .col(ColumnDef::new("revoked_at").big_integer().null())
            .primary_key(Index::create().col("kid"));
        manager.create_table(signing_keys).await?;
        table::index(manager, "signing_keys", "signing_keys_by_generation", &["algorithm", "generation"], table::Kind::Unique)
            .await?;
        let mut data_keys = table::new(manager, "data_keys", table::RowId::Kept);
        data_keys
            .col(ColumnDef::new("version").integer().not_null())
            .col(ColumnDef::new("sealed").binary().not_null())
            .col(ColumnDef::new("created_at").big_integer().not_null())
            .primary_key(Index::create().col("version"));
        manager.create_table(data_keys).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("data_keys").to_owned()).await?;
        manager.drop_table(Table::drop().table("signing_keys").to_owned()).await?;
        Ok(())
    }
}
