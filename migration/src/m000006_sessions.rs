//! Step 6: browsers' sign-ins.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, blob, text, uuid},
};

use crate::columns::{keyed, with_tenant};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(keyed(
                manager,
                with_tenant(
                    Table::create()
                        .table("sessions")
                        .col(uuid("id").primary_key())
                        .col(blob("digest"))
                        .col(uuid("user_id"))
                        .col(text("authentication"))
                        .col(big_integer("expires_at"))
                        .col(big_integer_null("ended_at"))
                        .foreign_key(
                            ForeignKey::create()
                                .from("sessions", ("user_id", "organization_id", "environment"))
                                .to("users", ("id", "organization_id", "environment"))
                                .on_delete(ForeignKeyAction::Cascade),
                        )
                        .to_owned(),
                ),
            ))
            .await?;
        manager.create_index(Index::create().name("sessions_user_id").table("sessions").col("user_id").to_owned()).await?;
        manager.create_index(Index::create().name("sessions_expires_at").table("sessions").col("expires_at").to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("sessions").to_owned()).await
    }
}
