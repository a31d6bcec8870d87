//! The schema: up, down, up again; states; and that the entities are what the migrations make.

use keyward::{model::fault::FaultKind, storage::schema::Schema};
use migration::{Migrator, MigratorTrait};

use super::database::TestDatabase;

async fn goes_up_down_and_up(database: TestDatabase) {
    let store = &database.store;
    let steps = u32::try_from(Migrator::migrations().len()).unwrap();
    assert_eq!(store.schema().await.unwrap(), Schema::Empty);
    store.migrate().await.unwrap();
    assert_eq!(store.schema().await.unwrap(), Schema::Current);
    store.migrate().await.unwrap();

    store.migrate_down(2).await.unwrap();
    let Schema::Older(pending) = store.schema().await.unwrap() else { panic!("it is older") };
    assert_eq!(pending.len(), 2);
    store.migrate().await.unwrap();
    assert_eq!(store.schema().await.unwrap(), Schema::Current);

    store.migrate_down(steps).await.unwrap();
    assert_eq!(store.schema().await.unwrap(), Schema::Empty);
    store.migrate().await.unwrap();
    assert_eq!(store.schema().await.unwrap(), Schema::Current);
    database.remove().await;
}

#[tokio::test]
async fn the_schema_goes_up_down_and_up_on_sqlite() {
    goes_up_down_and_up(TestDatabase::empty_sqlite().await).await;
}

#[tokio::test]
async fn the_schema_goes_up_down_and_up_on_postgres() {
    let Some(database) = TestDatabase::empty_postgres().await else { return };
    goes_up_down_and_up(database).await;
}

async fn migrates_at_once(database: TestDatabase) {
    let others = [database.second_store().await, database.second_store().await];
    let (first, second, third) = tokio::join!(database.store.migrate(), others[0].migrate(), others[1].migrate());
    first.and(second).and(third).unwrap();
    for store in [&database.store, &others[0], &others[1]] {
        assert_eq!(store.schema().await.unwrap(), Schema::Current);
    }
    for store in others {
        store.close().await.unwrap();
    }
    database.remove().await;
}

#[tokio::test]
async fn rl_04_nodes_that_start_together_migrate_once_on_sqlite() {
    migrates_at_once(TestDatabase::empty_sqlite().await).await;
}

#[tokio::test]
async fn rl_04_nodes_that_start_together_migrate_once_on_postgres() {
    let Some(database) = TestDatabase::empty_postgres().await else { return };
    migrates_at_once(database).await;
}

on_each_database![a_newer_schema_is_refused];

async fn a_newer_schema_is_refused(database: &TestDatabase) {
    let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m999999_from_the_future', 0)";
    database.tamper(newer).await;
    assert_eq!(database.store.schema().await.unwrap(), Schema::Newer);
    let fault = database.store.migrate().await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Broken);
    assert!(fault.chain().contains("later version"), "{}", fault.chain());
}
