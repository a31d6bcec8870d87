//! `replay_marks`, `attempts`.

use sea_orm_migration::prelude::*;

use crate::table;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut replay_marks = table::new(manager, "replay_marks", table::RowId::None);
        replay_marks
            .col(ColumnDef::new("issuer").text().not_null())
            .col(ColumnDef::new("digest").binary().not_null())
            .col(ColumnDef::new("expires_at").big_integer().not_null())
            .primary_key(Index::create().col("issuer").col("digest"));
        manager.create_table(replay_marks).await?;
        table::index(manager, "replay_marks", "replay_marks_by_expiry", &["expires_at"], table::Kind::Plain).await?;
        let mut attempts = table::new(manager, "attempts", table::RowId::None);
        attempts
            .col(ColumnDef::new("key").text().not_null())
            .col(ColumnDef::new("count").integer().not_null())
            .col(ColumnDef::new("resets_at").big_integer().not_null())
            .primary_key(Index::create().col("key"));
        manager.create_table(attempts).await?;
        table::index(manager, "attempts", "attempts_by_reset", &["resets_at"], table::Kind::Plain).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("attempts").to_owned()).await?;
        manager.drop_table(Table::drop().table("replay_marks").to_owned()).await?;
        Ok(())
    }
}
