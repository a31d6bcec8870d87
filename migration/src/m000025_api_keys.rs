//! Step 25: API keys. Whose a key is stays known when its owner is gone, so that nobody else becomes its owner by that.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, string, text, uuid, uuid_null},
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
                    .table("api_keys")
                    .col(uuid("id").primary_key())
                    .col(string("kind"))
                    .col(string("name"))
                    .col(text("permissions"))
                    .col(text("allowed_ips"))
                    .col(uuid_null("owner_id"))
                    .col(big_integer("created_at"))
                    .col(big_integer("updated_at"))
                    .col(big_integer("expires_at"))
                    .col(big_integer_null("revoked_at"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("api_keys", "organization_id")
                            .to("organizations", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            ))
            .await?;
        for (name, columns) in [
            ("api_keys_organization_id_environment_id", &["organization_id", "environment", "id"][..]),
            ("api_keys_owner_id", &["owner_id"]),
        ] {
            let mut index = Index::create().name(name).table("api_keys").to_owned();
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("api_keys").to_owned()).await
    }
}
