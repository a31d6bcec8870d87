//! Step 3: what people sign in with. A user name and an e-mail address share one space of names, so that no name can mean two people.

use sea_orm_migration::{
    prelude::*,
    schema::{string, uuid},
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
                        .table("login_names")
                        .col(string("name"))
                        .col(uuid("user_id"))
                        .primary_key(Index::create().col("organization_id").col("environment").col("name"))
                        .foreign_key(
                            ForeignKey::create()
                                .from("login_names", ("user_id", "organization_id", "environment"))
                                .to("users", ("id", "organization_id", "environment"))
                                .on_delete(ForeignKeyAction::Cascade),
                        )
                        .to_owned(),
                ),
            ))
            .await?;
        manager.create_index(Index::create().name("login_names_user_id").table("login_names").col("user_id").to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("login_names").to_owned()).await
    }
}
