//! What recognises the credentials of API keys.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_key_secrets")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub lookup: String,
    pub key_id: Uuid,
    pub mac: Vec<u8>,
    pub created_at: i64,
    pub expires_at: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
