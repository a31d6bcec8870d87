//! Recurring work: who does it and when it is due.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "jobs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: String,
    pub node: Option<String>,
    pub leased_until: Option<i64>,
    pub due_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
