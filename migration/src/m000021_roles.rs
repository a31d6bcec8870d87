//! Step 21: roles that organizations make for themselves.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, string, text, uuid},
};

use crate::columns::with_tenant;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(with_tenant(
                Table::create()
                    .table("roles")
                    .col(uuid("id").primary_key())
                    .col(string("name"))
                    .col(text("permissions"))
                    .col(big_integer("created_at"))
                    .col(big_integer("updated_at"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("roles", "organization_id")
                            .to("organizations", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            ))
            .await?;
        for (name, columns) in [
            ("roles_id_organization_id_environment", ["id", "organization_id", "environment"]),
            ("roles_organization_id_environment_name", ["organization_id", "environment", "name"]),
        ] {
            let mut index = Index::create().unique().name(name).table("roles").to_owned();
            for column in columns {
                index.col(column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("roles").to_owned()).await
    }
}
