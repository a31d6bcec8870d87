//! `users`.

use sea_orm_migration::prelude::*;

use crate::table;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut users = table::new(manager, "users", table::RowId::Kept);
        users
            .col(ColumnDef::new("id").uuid().not_null())
            .col(ColumnDef::new("organization_id").uuid().not_null())
            .col(ColumnDef::new("environment").text().not_null())
            .col(ColumnDef::new("username").text().null())
            .col(ColumnDef::new("username_key").text().null())
            .col(ColumnDef::new("email").text().not_null())
            .col(ColumnDef::new("email_key").text().not_null())
            .col(ColumnDef::new("email_verified").boolean().not_null())
            .col(ColumnDef::new("role").text().not_null())
            .col(ColumnDef::new("claims").text().not_null())
            .col(ColumnDef::new("password_hash").text().null())
            .col(ColumnDef::new("status").text().not_null())
            .col(ColumnDef::new("created_at").big_integer().not_null())
            .col(ColumnDef::new("updated_at").big_integer().not_null())
            .primary_key(Index::create().col("id"))
            .foreign_key(
                ForeignKey::create()
                    .from("users", "organization_id")
                    .to("organizations", "id")
                    .on_delete(ForeignKeyAction::Cascade),
            );
        manager.create_table(users).await?;
        table::index(
            manager,
            "users",
            "users_by_username",
            &["organization_id", "environment", "username_key"],
            table::Kind::Unique,
        )
        .await?;
        table::index(manager, "users", "users_by_email", &["organization_id", "environment", "email_key"], table::Kind::Unique)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("users").to_owned()).await?;
        Ok(())
    }
}
