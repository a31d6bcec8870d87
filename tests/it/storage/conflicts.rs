//! Transactions that PostgreSQL gives up: done again from their start, so often and no more. SQLite has one writer, and no such conflicts.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use keyward::{
    model::fault::{Failure, FaultKind},
    storage::attempts::{self, Place},
};
use sea_orm::ConnectionTrait;
use time::Duration;
use tokio::sync::Barrier;

use super::{
    database::TestDatabase,
    records::{NOW, write},
};

/// Two units take the same two rows in opposite order, each holding its first until the other has its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rl_12_units_in_each_other_s_way_are_both_done_and_done_once() {
    let Some(database) = TestDatabase::postgres().await else { return };
    let meeting = Arc::new(Barrier::new(2));
    let tries = Arc::new(AtomicU32::new(0));
    let unit = async |rows: [&'static str; 2]| {
        let met = AtomicU32::new(0);
        let (meeting, met, tries) = (&meeting, &met, &tries);
        write(&database.store, |tx| async move {
            tries.fetch_add(1, Ordering::Relaxed);
            let first = attempts::take(&tx, rows[0], 100, Duration::minutes(15), NOW).await?;
            if met.fetch_add(1, Ordering::Relaxed) == 0 {
                meeting.wait().await;
            }
            Ok((first, attempts::take(&tx, rows[1], 100, Duration::minutes(15), NOW).await?))
        })
        .await
    };
    let (one, other) = tokio::join!(unit(["a", "b"]), unit(["b", "a"]));
    assert_eq!([one, other], [(Place::Taken, Place::Taken); 2]);
    assert_eq!(tries.load(Ordering::Relaxed), 3, "one of them was given up once");
    // Two places are taken in each row, not three.
    for row in ["a", "b"] {
        let taken =
            write(&database.store, |tx| async move { attempts::take(&tx, row, 2, Duration::minutes(15), NOW).await }).await;
        assert!(matches!(taken, Place::Full { .. }), "{row}");
        let free =
            write(&database.store, |tx| async move { attempts::take(&tx, row, 3, Duration::minutes(15), NOW).await }).await;
        assert_eq!(free, Place::Taken, "{row}");
    }
    database.remove().await;
}

#[tokio::test]
async fn rl_12_a_unit_that_always_loses_is_given_up_as_unavailable() {
    let Some(database) = TestDatabase::postgres().await else { return };
    for (code, tries, kind) in
        [("40001", 8, FaultKind::Unavailable), ("40P01", 8, FaultKind::Unavailable), ("23514", 1, FaultKind::Broken)]
    {
        let tried = AtomicU32::new(0);
        let raise = format!("DO $$ BEGIN RAISE EXCEPTION 'as a test wants it' USING ERRCODE = '{code}'; END $$");
        let (raise, counted) = (raise.as_str(), &tried);
        let lost: Result<(), Failure<()>> = database
            .store
            .write("test", |tx| async move {
                counted.fetch_add(1, Ordering::Relaxed);
                tx.execute_unprepared(raise).await.map_err(keyward::model::fault::Fault::from)?;
                Ok(())
            })
            .await;
        let Err(Failure::Broken(fault)) = lost else { panic!("{code} was no failure") };
        assert_eq!((tried.load(Ordering::Relaxed), fault.kind), (tries, kind), "{code}");
    }
    database.remove().await;
}
