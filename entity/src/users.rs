//! People. Their keys are random, so that a `sub` does not tell when someone signed up.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub environment: String,
    pub username: Option<String>,
    pub email: String,
    pub is_email_verified: bool,
    pub role: String,
    #[sea_orm(column_type = "Text")]
    pub claims: String,
    pub password_hash: Option<String>,
    pub status: String,
    pub created_at: i64,
    pub updated_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
