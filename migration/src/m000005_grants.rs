//! `grants`, `codes`, `refresh_tokens`, `access_tokens`, `revoked_tokens`.

use sea_orm_migration::prelude::*;

use crate::table;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut grants = table::new(manager, "grants", table::RowId::None);
        grants
            .col(ColumnDef::new("id").uuid().not_null())
            .col(ColumnDef::new("organization_id").uuid().not_null())
            .col(ColumnDef::new("environment").text().not_null())
            .col(ColumnDef::new("client_id").text().not_null())
            .col(ColumnDef::new("user_id").uuid().not_null())
            .col(ColumnDef::new("session_id").uuid().not_null())
            .col(ColumnDef::new("scope").text().not_null())
            .col(ColumnDef::new("is_offline").boolean().not_null())
            .col(ColumnDef::new("resource").text().null())
            .col(ColumnDef::new("claims").text().null())
            .col(ColumnDef::new("authenticated_at").big_integer().not_null())
            .col(ColumnDef::new("acr").text().not_null())
            .col(ColumnDef::new("amr").text().not_null())
            .col(ColumnDef::new("created_at").big_integer().not_null())
            .col(ColumnDef::new("expires_at").big_integer().not_null())
            .col(ColumnDef::new("revoked_at").big_integer().null())
            .col(ColumnDef::new("revoked_reason").text().null())
            .primary_key(Index::create().col("id"));
        manager.create_table(grants).await?;
        table::index(manager, "grants", "grants_by_user", &["user_id"], table::Kind::Plain).await?;
        table::index(manager, "grants", "grants_by_session", &["session_id"], table::Kind::Plain).await?;
        table::index(manager, "grants", "grants_by_expiry", &["expires_at"], table::Kind::Plain).await?;
        let mut codes = table::new(manager, "codes", table::RowId::None);
        codes
            .col(ColumnDef::new("id").uuid().not_null())
            .col(ColumnDef::new("digest").binary().not_null())
            .col(ColumnDef::new("organization_id").uuid().not_null())
            .col(ColumnDef::new("environment").text().not_null())
            .col(ColumnDef::new("grant_id").uuid().not_null())
            .col(ColumnDef::new("client_id").text().not_null())
            .col(ColumnDef::new("redirect_uri").text().not_null())
            .col(ColumnDef::new("redirect_uri_was_sent").boolean().not_null())
            .col(ColumnDef::new("code_challenge").text().null())
            .col(ColumnDef::new("nonce").text().null())
            .col(ColumnDef::new("expires_at").big_integer().not_null())
            .col(ColumnDef::new("consumed_at").big_integer().null())
            .primary_key(Index::create().col("id"));
        manager.create_table(codes).await?;
        table::index(manager, "codes", "codes_by_grant", &["grant_id"], table::Kind::Plain).await?;
        let mut refresh_tokens = table::new(manager, "refresh_tokens", table::RowId::None);
        refresh_tokens
            .col(ColumnDef::new("id").uuid().not_null())
            .col(ColumnDef::new("digest").binary().not_null())
            .col(ColumnDef::new("organization_id").uuid().not_null())
            .col(ColumnDef::new("environment").text().not_null())
            .col(ColumnDef::new("grant_id").uuid().not_null())
            .col(ColumnDef::new("client_id").text().not_null())
            .col(ColumnDef::new("issued_at").big_integer().not_null())
            .col(ColumnDef::new("idle_expires_at").big_integer().not_null())
            .col(ColumnDef::new("absolute_expires_at").big_integer().not_null())
            .col(ColumnDef::new("used_at").big_integer().null())
            .col(ColumnDef::new("successor").uuid().null())
            .primary_key(Index::create().col("id"));
        manager.create_table(refresh_tokens).await?;
        table::index(manager, "refresh_tokens", "refresh_tokens_by_grant", &["grant_id"], table::Kind::Plain).await?;
        let mut access_tokens = table::new(manager, "access_tokens", table::RowId::None);
        access_tokens
            .col(ColumnDef::new("id").uuid().not_null())
            .col(ColumnDef::new("digest").binary().not_null())
            .col(ColumnDef::new("organization_id").uuid().not_null())
            .col(ColumnDef::new("environment").text().not_null())
            .col(ColumnDef::new("grant_id").uuid().null())
            .col(ColumnDef::new("client_id").text().not_null())
            .col(ColumnDef::new("scope").text().not_null())
            .col(ColumnDef::new("audience").text().not_null())
            .col(ColumnDef::new("issued_at").big_integer().not_null())
            .col(ColumnDef::new("expires_at").big_integer().not_null())
            .primary_key(Index::create().col("id"));
        manager.create_table(access_tokens).await?;
        table::index(manager, "access_tokens", "access_tokens_by_expiry", &["expires_at"], table::Kind::Plain).await?;
        let mut revoked_tokens = table::new(manager, "revoked_tokens", table::RowId::None);
        revoked_tokens
            .col(ColumnDef::new("id").uuid().not_null())
            .col(ColumnDef::new("expires_at").big_integer().not_null())
            .primary_key(Index::create().col("id"));
        manager.create_table(revoked_tokens).await?;
        table::index(manager, "revoked_tokens", "revoked_tokens_by_expiry", &["expires_at"], table::Kind::Plain).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("revoked_tokens").to_owned()).await?;
        manager.drop_table(Table::drop().table("access_tokens").to_owned()).await?;
        manager.drop_table(Table::drop().table("refresh_tokens").to_owned()).await?;
        manager.drop_table(Table::drop().table("codes").to_owned()).await?;
        manager.drop_table(Table::drop().table("grants").to_owned()).await?;
        Ok(())
    }
}
