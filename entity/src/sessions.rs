//! Browsers' sign-ins.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub environment: String,
    #[sea_orm(column_type = "Blob")]
    pub digest: Vec<u8>,
    pub user_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub authentication: String,
    pub expires_at: i64,
    pub ended_at: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
