//! Opaque access tokens.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "access_tokens")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub environment: String,
    #[sea_orm(column_type = "Blob")]
    pub digest: Vec<u8>,
    pub grant_id: Option<Uuid>,
    pub client_id: String,
    #[sea_orm(column_type = "Text")]
    pub scope: String,
    #[sea_orm(column_type = "Text")]
    pub audience: String,
    pub issued_at: i64,
    pub expires_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
