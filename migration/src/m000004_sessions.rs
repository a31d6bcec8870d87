//! `sessions`, `interactions`, `consents`.

use sea_orm_migration::prelude::*;

use crate::table;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut sessions = table::new(manager, "sessions", table::RowId::None);
        sessions
            .col(ColumnDef::new("id").uuid().not_null())
            .col(ColumnDef::new("digest").binary().not_null())
            .col(ColumnDef::new("organization_id").uuid().not_null())
            .col(ColumnDef::new("environment").text().not_null())
            .col(ColumnDef::new("user_id").uuid().not_null())
            .col(ColumnDef::new("authenticated_at").big_integer().not_null())
            .col(ColumnDef::new("acr").text().not_null())
            .col(ColumnDef::new("amr").text().not_null())
            .col(ColumnDef::new("expires_at").big_integer().not_null())
            .col(ColumnDef::new("ended_at").big_integer().null())
            .primary_key(Index::create().col("id"))
            .foreign_key(ForeignKey::create().from("sessions", "user_id").to("users", "id").on_delete(ForeignKeyAction::Cascade));
        manager.create_table(sessions).await?;
        table::index(manager, "sessions", "sessions_by_user", &["user_id"], table::Kind::Plain).await?;
        table::index(manager, "sessions", "sessions_by_expiry", &["expires_at"], table::Kind::Plain).await?;
        let mut interactions = table::new(manager, "interactions", table::RowId::None);
        interactions
            .col(ColumnDef::new("id").uuid().not_null())
            .col(ColumnDef::new("organization_id").uuid().not_null())
            .col(ColumnDef::new("environment").text().not_null())
            .col(ColumnDef::new("browser").binary().not_null())
            .col(ColumnDef::new("request").text().not_null())
            .col(ColumnDef::new("progress").text().not_null())
            .col(ColumnDef::new("created_at").big_integer().not_null())
            .col(ColumnDef::new("expires_at").big_integer().not_null())
            .col(ColumnDef::new("finished_at").big_integer().null())
            .primary_key(Index::create().col("id"));
        manager.create_table(interactions).await?;
        table::index(manager, "interactions", "interactions_by_expiry", &["expires_at"], table::Kind::Plain).await?;
        let mut consents = table::new(manager, "consents", table::RowId::None);
        consents
            .col(ColumnDef::new("user_id").uuid().not_null())
            .col(ColumnDef::new("client_id").text().not_null())
            .col(ColumnDef::new("organization_id").uuid().not_null())
            .col(ColumnDef::new("environment").text().not_null())
            .col(ColumnDef::new("scope").text().not_null())
            .col(ColumnDef::new("claims").text().not_null())
            .col(ColumnDef::new("resource").text().null())
            .col(ColumnDef::new("given_at").big_integer().not_null())
            .primary_key(Index::create().col("user_id").col("client_id"))
            .foreign_key(ForeignKey::create().from("consents", "user_id").to("users", "id").on_delete(ForeignKeyAction::Cascade))
            .foreign_key(
                ForeignKey::create().from("consents", "client_id").to("clients", "id").on_delete(ForeignKeyAction::Cascade),
            );
        manager.create_table(consents).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("consents").to_owned()).await?;
        manager.drop_table(Table::drop().table("interactions").to_owned()).await?;
        manager.drop_table(Table::drop().table("sessions").to_owned()).await?;
        Ok(())
    }
}
