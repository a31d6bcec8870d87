//! `jobs`, `epoch`.

use sea_orm_migration::prelude::*;

use crate::table;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut jobs = table::new(manager, "jobs", table::RowId::Kept);
        jobs.col(ColumnDef::new("kind").text().not_null())
            .col(ColumnDef::new("leased_by").text().null())
            .col(ColumnDef::new("leased_until").big_integer().not_null())
            .col(ColumnDef::new("done_at").big_integer().not_null())
            .primary_key(Index::create().col("kind"));
        manager.create_table(jobs).await?;
        let mut epoch = table::new(manager, "epoch", table::RowId::Kept);
        epoch
            .col(ColumnDef::new("id").integer().not_null())
            .col(ColumnDef::new("value").big_integer().not_null())
            .primary_key(Index::create().col("id"));
        manager.create_table(epoch).await?;
        manager.get_connection().execute_unprepared("INSERT INTO epoch (id, value) VALUES (1, 1)").await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("epoch").to_owned()).await?;
        manager.drop_table(Table::drop().table("jobs").to_owned()).await?;
        Ok(())
    }
}
