//! Step 19: the one row that says whether caches may still speak.

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
            .create_table(Table::create().table("epoch").col(integer("id").primary_key()).col(big_integer("value")).to_owned())
            .await?;
        manager
            .execute(Query::insert().into_table("epoch").columns(["id", "value"]).values_panic([1.into(), 1.into()]).to_owned())
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("epoch").to_owned()).await
    }
}
