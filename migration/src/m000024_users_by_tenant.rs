//! Step 24: the people of a tenant are listed in the order of their keys, however many there are.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const BEFORE: &str = "users_organization_id_environment";
const AFTER: &str = "users_organization_id_environment_id";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let index = Index::create().name(AFTER).table("users").col("organization_id").col("environment").col("id").to_owned();
        manager.create_index(index).await?;
        manager.drop_index(Index::drop().name(BEFORE).table("users").to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let index = Index::create().name(BEFORE).table("users").col("organization_id").col("environment").to_owned();
        manager.create_index(index).await?;
        manager.drop_index(Index::drop().name(AFTER).table("users").to_owned()).await
    }
}
