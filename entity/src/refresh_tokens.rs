//! Refresh tokens and their successors.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "refresh_tokens")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub environment: String,
    #[sea_orm(column_type = "Blob")]
    pub digest: Vec<u8>,
    pub grant_id: Uuid,
    pub client_id: String,
    pub issued_at: i64,
    pub idle_expires_at: i64,
    pub absolute_expires_at: i64,
    pub used_at: Option<i64>,
    pub successor_id: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}
