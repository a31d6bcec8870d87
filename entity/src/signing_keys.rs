//! Signing keys of tokens, private parts sealed.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "signing_keys")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub kid: String,
    pub algorithm: String,
    pub generation: i32,
    #[sea_orm(column_type = "Text")]
    pub public: String,
    #[sea_orm(column_type = "Blob")]
    pub sealed_private: Vec<u8>,
    pub published_at: i64,
    pub active_from: i64,
    pub retiring_from: Option<i64>,
    pub retired_from: Option<i64>,
    pub revoked_at: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
