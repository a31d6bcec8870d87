//! The writer under faults: what goes wrong for one caller is told to that caller, and to nobody else. SQLite, fully durable.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use keyward::{
    config::database::Durability,
    model::{
        fault::{Failure, Fault},
        id::AccessTokenId,
    },
    storage::{Inserted, Store, Tx, health, revoked_tokens},
};
use time::OffsetDateTime;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::database::TestDatabase;

type Done = Result<(), Failure<&'static str>>;

const LATER: OffsetDateTime = time::macros::datetime!(2030-01-01 00:00 UTC);

async fn durable() -> (TestDatabase, Store) {
    let database = TestDatabase::sqlite_with(Durability::Full).await;
    let store = database.store.clone();
    (database, store)
}

/// One row of a caller's own: whether it is there afterwards says whether its unit was kept.
async fn mark(tx: &Tx, id: u64) -> Result<(), Fault> {
    match revoked_tokens::insert(tx, AccessTokenId(Uuid::from_u64_pair(id, 1)), LATER).await? {
        Inserted::Now => Ok(()),
        Inserted::Exists => Err(Fault::new("a unit was kept and done again")),
    }
}

async fn is_there(store: &Store, id: u64) -> bool {
    revoked_tokens::is_revoked(&store.db(), AccessTokenId(Uuid::from_u64_pair(id, 1))).await.unwrap()
}

async fn write(store: &Store, id: u64) -> Done {
    store.write("test", |tx| async move { Ok(mark(&tx, id).await?) }).await
}

#[tokio::test]
async fn rl_03_what_is_committed_survives_a_loss_of_power_unless_a_test_does_not_care() {
    for (durability, survives) in [(Durability::Full, true), (Durability::Off, false)] {
        let database = TestDatabase::sqlite_with(durability).await;
        assert_eq!(health::durability(&database.store).await.unwrap(), survives);
        assert!(write(&database.store, 1).await.is_ok());
        database.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_refusal_keeps_what_it_wrote_and_a_fault_does_not() {
    let (database, store) = durable().await;
    let refused: Done = store
        .write("test", |tx| async move {
            mark(&tx, 1).await?;
            Err(Failure::Refused("no"))
        })
        .await;
    assert!(matches!(refused, Err(Failure::Refused("no"))) && is_there(&store, 1).await);
    let broken: Done = store
        .write("test", |tx| async move {
            mark(&tx, 2).await?;
            Err(Fault::new("broken").into())
        })
        .await;
    assert!(matches!(broken, Err(Failure::Broken(_))) && !is_there(&store, 2).await);
    assert!(write(&store, 3).await.is_ok());
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rl_10_a_unit_within_a_unit_and_a_read_past_it_are_faults() {
    let (database, store) = durable().await;
    let inner = store.clone();
    let nested: Done = store.write("test", |_| async { write(&inner, 4).await }).await;
    assert!(matches!(nested, Err(Failure::Broken(_))));
    let past: Done = store
        .write("test", |_| async {
            revoked_tokens::is_revoked(&inner.db(), AccessTokenId(Uuid::nil())).await?;
            Ok(())
        })
        .await;
    assert!(matches!(past, Err(Failure::Broken(_))));
    assert!(!is_there(&store, 4).await && write(&store, 5).await.is_ok());
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_unit_that_takes_too_long_is_given_up() {
    let (database, store) = durable().await;
    let started = std::time::Instant::now();
    let slow: Done = store
        .write("test", |tx| async move {
            mark(&tx, 6).await?;
            tokio::time::sleep(Duration::from_secs(60)).await;
            Ok(())
        })
        .await;
    assert!(matches!(slow, Err(Failure::Broken(_))) && started.elapsed() < Duration::from_secs(10));
    assert!(!is_there(&store, 6).await && write(&store, 7).await.is_ok());
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rl_24_rl_25_a_panic_and_a_caller_who_leaves_cost_their_neighbours_nothing() {
    let (database, store) = durable().await;
    let mut neighbours = JoinSet::new();
    for id in 100..140 {
        let store = store.clone();
        neighbours.spawn(async move { write(&store, id).await.map_err(|_| id) });
    }
    let panicking = store.clone();
    let panicked = tokio::spawn(async move {
        let _: Done = panicking
            .write("test", |tx| async move {
                mark(&tx, 8).await?;
                panic!("as a test wants it")
            })
            .await;
    });
    let leaving = store.clone();
    let left = tokio::spawn(async move {
        let _: Done = leaving
            .write("test", |tx| async move {
                mark(&tx, 9).await?;
                tokio::time::sleep(Duration::from_secs(1)).await;
                Ok(())
            })
            .await;
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    left.abort();
    assert!(panicked.await.is_err() && left.await.is_err());
    while let Some(neighbour) = neighbours.join_next().await {
        neighbour.unwrap().unwrap();
    }
    for id in 100..140 {
        assert!(is_there(&store, id).await, "{id}");
    }
    assert!(!is_there(&store, 8).await && !is_there(&store, 9).await && write(&store, 10).await.is_ok());
    database.remove().await;
}

/// Callers in crowds, one in fifty of each kind of fault: acknowledged is there, broken is not, and each was told which.
async fn crowd(callers: u64, each: u64) {
    let (database, store) = durable().await;
    let (kept, gone) = (Arc::new(Mutex::new(BTreeSet::new())), Arc::new(Mutex::new(BTreeSet::new())));
    let next = Arc::new(AtomicU64::new(1000));
    let mut crowd = JoinSet::new();
    for _ in 0..callers {
        let (store, kept, gone, next) = (store.clone(), kept.clone(), gone.clone(), next.clone());
        crowd.spawn(async move {
            for _ in 0..each {
                let id = next.fetch_add(1, Ordering::Relaxed);
                let one = store.clone();
                let task = tokio::spawn(async move {
                    one.write("test", |tx| async move {
                        mark(&tx, id).await?;
                        match id % 50 {
                            0 => Err(Fault::new("injected").into()),
                            1 => panic!("injected"),
                            2 => Err(Failure::Refused("injected")),
                            3 => {
                                tokio::time::sleep(Duration::from_secs(30)).await;
                                Ok(())
                            }
                            _ => Ok(()),
                        }
                    })
                    .await
                });
                if id % 50 == 3 {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    task.abort();
                }
                match task.await {
                    Ok(Ok(()) | Err(Failure::Refused(_))) => kept.lock().unwrap().insert(id),
                    Ok(Err(Failure::Broken(_))) | Err(_) => gone.lock().unwrap().insert(id),
                };
            }
        });
    }
    while let Some(caller) = crowd.join_next().await {
        caller.unwrap();
    }
    let (kept, gone) = (kept.lock().unwrap().clone(), gone.lock().unwrap().clone());
    assert_eq!(kept.len() + gone.len(), (callers * each) as usize);
    assert!(gone.iter().all(|id| matches!(id % 50, 0 | 1 | 3)), "a neighbour's fault was told to someone else: {gone:?}");
    for id in &kept {
        assert!(is_there(&store, *id).await, "{id} was acknowledged and is not there");
    }
    for id in &gone {
        assert!(!is_there(&store, *id).await, "{id} was refused and is there");
    }
    println!("{callers} callers: {} acknowledged, {} not", kept.len(), gone.len());
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixteen_callers_with_faults_among_them() {
    crowd(16, 60).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_callers_with_faults_among_them() {
    crowd(64, 15).await;
}
