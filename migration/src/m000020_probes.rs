//! Step 20: the row that health checks write.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, integer},
};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create().table("probes").col(integer("id").primary_key()).col(big_integer("written_at")).to_owned(),
            )
            .await?;
        manager
            .execute(
                Query::insert().into_table("probes").columns(["id", "written_at"]).values_panic([1.into(), 0.into()]).to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("probes").to_owned()).await
    }
}
