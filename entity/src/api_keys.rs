//! API keys.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_keys")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub environment: String,
    pub kind: String,
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub permissions: String,
    #[sea_orm(column_type = "Text")]
    pub allowed_ips: String,
    pub owner_id: Option<Uuid>,
    pub created_at: i64,
    pub updated_at: i64,
    pub expires_at: i64,
    pub revoked_at: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
