//! What users allowed clients; codes and tokens hang from it.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "grants")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub environment: String,
    pub client_id: String,
    pub user_id: Uuid,
    pub session_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub scope: String,
    pub resource: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub claims: String,
    #[sea_orm(column_type = "Text")]
    pub authentication: String,
    pub created_at: i64,
    pub expires_at: i64,
    pub revoked_at: Option<i64>,
    pub revocation_reason: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
