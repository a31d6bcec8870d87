//! The secrets of clients: a digest, or sealed where the secret itself is needed.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "client_secrets")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub environment: String,
    pub client_id: String,
    #[sea_orm(column_type = "Blob", nullable)]
    pub digest: Option<Vec<u8>>,
    #[sea_orm(column_type = "Blob", nullable)]
    pub sealed: Option<Vec<u8>>,
    pub created_at: i64,
    pub expires_at: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
