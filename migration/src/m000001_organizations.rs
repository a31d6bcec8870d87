//! `organizations`.

use sea_orm_migration::prelude::*;

use crate::table;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut organizations = table::new(manager, "organizations", table::RowId::Kept);
        organizations
            .col(ColumnDef::new("id").uuid().not_null())
            .col(ColumnDef::new("slug").text().not_null())
            .col(ColumnDef::new("name").text().not_null())
            .col(ColumnDef::new("accent").text().null())
            .col(ColumnDef::new("logo_type").text().null())
            .col(ColumnDef::new("logo").binary().null())
            .col(ColumnDef::new("created_at").big_integer().not_null())
            .primary_key(Index::create().col("id"));
        manager.create_table(organizations).await?;
        table::index(manager, "organizations", "organizations_by_slug", &["slug"], table::Kind::Unique).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("organizations").to_owned()).await?;
        Ok(())
    }
}
