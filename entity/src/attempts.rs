//! Counted attempts, by key and window.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attempts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    pub taken: i32,
    pub ends_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
