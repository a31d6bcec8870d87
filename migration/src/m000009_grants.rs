//! Step 9: what users allowed clients; codes and tokens hang from it.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, string, string_null, text, uuid},
};

use crate::columns::{keyed, with_tenant};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // No key to `sessions`: a grant outlives the session that it began in.
        manager
            .create_table(keyed(
                manager,
                with_tenant(
                    Table::create()
                        .table("grants")
                        .col(uuid("id").primary_key())
                        .col(string("client_id"))
                        .col(uuid("user_id"))
                        .col(uuid("session_id"))
                        .col(text("scope"))
                        .col(string_null("resource"))
                        .col(text("claims"))
                        .col(text("authentication"))
                        .col(big_integer("created_at"))
                        .col(big_integer("expires_at"))
                        .col(big_integer_null("revoked_at"))
                        .col(string_null("revocation_reason"))
                        .foreign_key(
                            ForeignKey::create()
                                .from("grants", ("client_id", "organization_id", "environment"))
                                .to("clients", ("id", "organization_id", "environment"))
                                .on_delete(ForeignKeyAction::Cascade),
                        )
                        .foreign_key(
                            ForeignKey::create()
                                .from("grants", ("user_id", "organization_id", "environment"))
                                .to("users", ("id", "organization_id", "environment"))
                                .on_delete(ForeignKeyAction::Cascade),
                        )
                        .to_owned(),
                ),
            ))
            .await?;
        manager.create_index(Index::create().name("grants_client_id").table("grants").col("client_id").to_owned()).await?;
        manager.create_index(Index::create().name("grants_user_id").table("grants").col("user_id").to_owned()).await?;
        manager.create_index(Index::create().name("grants_session_id").table("grants").col("session_id").to_owned()).await?;
        manager.create_index(Index::create().name("grants_expires_at").table("grants").col("expires_at").to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("grants").to_owned()).await
    }
}
