//! Step 23: organizations can be changed.

use sea_orm_migration::{prelude::*, schema::big_integer};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = big_integer("updated_at").default(0).to_owned();
        manager.alter_table(Table::alter().table("organizations").add_column(column).to_owned()).await?;
        manager.get_connection().execute_unprepared("UPDATE organizations SET updated_at = created_at").await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("organizations").drop_column("updated_at").to_owned()).await
    }
}
