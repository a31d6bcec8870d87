//! The seam to the database: one suite, run on SQLite, and on PostgreSQL when `KEYWARD_TEST_POSTGRES` names a server.

/// Each case twice: as `sqlite::…` and as `postgres::…`.
macro_rules! on_each_database {
    ($($case:ident),+ $(,)?) => {
        mod sqlite { $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                let database = crate::storage::database::TestDatabase::sqlite().await;
                super::$case(&database).await;
                database.remove().await;
            }
        )+ }
        mod postgres { $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                let Some(database) = crate::storage::database::TestDatabase::postgres().await else { return };
                super::$case(&database).await;
                database.remove().await;
            }
        )+ }
    };
}

mod authorizations;
mod conflicts;
mod database;
mod directory;
mod faults;
mod housekeeping;
mod keys;
mod migrations;
mod records;
mod tokens;
