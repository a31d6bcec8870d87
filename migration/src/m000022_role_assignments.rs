//! Step 22: who has which of these roles.

use sea_orm_migration::{prelude::*, schema::uuid};

use crate::columns::{keyed, with_tenant};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create()
            .table("role_assignments")
            .col(uuid("user_id"))
            .col(uuid("role_id"))
            .primary_key(Index::create().col("user_id").col("role_id"))
            .to_owned();
        for (column, target) in [("user_id", "users"), ("role_id", "roles")] {
            table.foreign_key(
                ForeignKey::create()
                    .from("role_assignments", (column, "organization_id", "environment"))
                    .to(target, ("id", "organization_id", "environment"))
                    .on_delete(ForeignKeyAction::Cascade),
            );
        }
        manager.create_table(keyed(manager, with_tenant(table))).await?;
        manager
            .create_index(Index::create().name("role_assignments_role_id").table("role_assignments").col("role_id").to_owned())
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("role_assignments").to_owned()).await
    }
}
