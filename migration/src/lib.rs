//! Keyward's schema: one step a file, up and down, on SQLite and PostgreSQL. A step never changes once it is released.

mod table;

mod m000001_organizations;
mod m000002_users;
mod m000003_clients;
mod m000004_sessions;
mod m000005_grants;
mod m000006_marks;
mod m000007_keys;
mod m000008_work;

use sea_orm_migration::prelude::*;

pub use sea_orm_migration::{MigratorTrait, prelude::SchemaManager};

pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m000001_organizations::Migration),
            Box::new(m000002_users::Migration),
            Box::new(m000003_clients::Migration),
            Box::new(m000004_sessions::Migration),
            Box::new(m000005_grants::Migration),
            Box::new(m000006_marks::Migration),
            Box::new(m000007_keys::Migration),
            Box::new(m000008_work::Migration),
        ]
    }
}
