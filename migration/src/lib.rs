//! The schema, one step a file, up and down, on SQLite and PostgreSQL. A step that was released is never edited.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::{MigrationTrait, async_trait};

mod columns;
mod m000001_organizations;
mod m000002_users;
mod m000003_login_names;
mod m000004_clients;
mod m000005_client_secrets;
mod m000006_sessions;
mod m000007_interactions;
mod m000008_consents;
mod m000009_grants;
mod m000010_codes;
mod m000011_refresh_tokens;
mod m000012_access_tokens;
mod m000013_revoked_tokens;
mod m000014_replay_marks;
mod m000015_attempts;
mod m000016_signing_keys;
mod m000017_data_keys;
mod m000018_jobs;
mod m000019_epoch;
mod m000020_probes;
mod m000021_roles;
mod m000022_role_assignments;
mod m000023_organizations_updated_at;
mod m000024_users_by_tenant;
mod m000025_api_keys;
mod m000026_api_key_secrets;

/// Every step, in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m000001_organizations::Migration),
            Box::new(m000002_users::Migration),
            Box::new(m000003_login_names::Migration),
            Box::new(m000004_clients::Migration),
            Box::new(m000005_client_secrets::Migration),
            Box::new(m000006_sessions::Migration),
            Box::new(m000007_interactions::Migration),
            Box::new(m000008_consents::Migration),
            Box::new(m000009_grants::Migration),
            Box::new(m000010_codes::Migration),
            Box::new(m000011_refresh_tokens::Migration),
            Box::new(m000012_access_tokens::Migration),
            Box::new(m000013_revoked_tokens::Migration),
            Box::new(m000014_replay_marks::Migration),
            Box::new(m000015_attempts::Migration),
            Box::new(m000016_signing_keys::Migration),
            Box::new(m000017_data_keys::Migration),
            Box::new(m000018_jobs::Migration),
            Box::new(m000019_epoch::Migration),
            Box::new(m000020_probes::Migration),
            Box::new(m000021_roles::Migration),
            Box::new(m000022_role_assignments::Migration),
            Box::new(m000023_organizations_updated_at::Migration),
            Box::new(m000024_users_by_tenant::Migration),
            Box::new(m000025_api_keys::Migration),
            Box::new(m000026_api_key_secrets::Migration),
        ]
    }
}
