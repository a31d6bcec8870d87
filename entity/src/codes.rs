//! Authorization codes.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "codes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub environment: String,
    #[sea_orm(column_type = "Blob")]
    pub digest: Vec<u8>,
    pub grant_id: Uuid,
    pub client_id: String,
    #[sea_orm(column_type = "Text")]
    pub redirect_uri: String,
    pub redirect_uri_was_sent: bool,
    pub code_challenge: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub nonce: Option<String>,
    pub expires_at: i64,
    pub consumed_at: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
