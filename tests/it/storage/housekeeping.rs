//! Attempts, jobs, purging, health.

use keyward::{
    model::{id::AccessTokenId, job::JobKind},
    storage::{
        Store,
        attempts::{self, Place},
        codes, grants, health, jobs,
        purge::{self, Purgeable},
        refresh_tokens, revoked_tokens, sessions,
    },
};
use time::{Duration, OffsetDateTime};

use super::{
    database::TestDatabase,
    records::{self, Household, NOW, write},
};

on_each_database![
    attempts_have_so_many_places_in_a_window,
    a_place_that_is_given_back_is_free,
    a_job_is_claimed_by_one_node_when_it_is_due,
    a_lease_that_ran_out_can_be_taken_over,
    expired_rows_are_removed_in_batches,
    spent_codes_stay_as_long_as_their_grant,
    every_table_that_grows_can_be_purged,
    health_writes_and_reads,
];

async fn take(store: &Store, key: &'static str, now: OffsetDateTime) -> Place {
    write(store, |tx| async move { attempts::take(&tx, key, 2, Duration::minutes(15), now).await }).await
}

async fn attempts_have_so_many_places_in_a_window(database: &TestDatabase) {
    let store = &database.store;
    let end = NOW + Duration::minutes(15);
    assert_eq!(take(store, "a", NOW).await, Place::Taken);
    assert_eq!(take(store, "a", NOW + Duration::minutes(1)).await, Place::Taken);
    assert_eq!(take(store, "a", NOW + Duration::minutes(2)).await, Place::Full { retry_at: end });
    assert_eq!(take(store, "b", NOW).await, Place::Taken);
    for _ in 0..2 {
        assert_eq!(take(store, "a", end).await, Place::Taken);
    }
    assert_eq!(take(store, "a", end).await, Place::Full { retry_at: end + Duration::minutes(15) });
    let none = write(store, |tx| async move { attempts::take(&tx, "c", 0, Duration::minutes(1), NOW).await }).await;
    assert_eq!(none, Place::Full { retry_at: NOW + Duration::minutes(1) });
}

async fn a_place_that_is_given_back_is_free(database: &TestDatabase) {
    let store = &database.store;
    for _ in 0..5 {
        assert_eq!(take(store, "a", NOW).await, Place::Taken);
        write(store, |tx| async move { attempts::give_back(&tx, "a", NOW).await }).await;
    }
    write(store, |tx| async move { attempts::give_back(&tx, "a", NOW).await }).await;
    assert_eq!((take(store, "a", NOW).await, take(store, "a", NOW).await), (Place::Taken, Place::Taken));
    assert!(matches!(take(store, "a", NOW).await, Place::Full { .. }));
}

async fn claim(store: &Store, node: &'static str, now: OffsetDateTime) -> bool {
    write(store, |tx| async move { jobs::claim(&tx, JobKind::Purge, node, now, Duration::minutes(5)).await }).await
}

async fn a_job_is_claimed_by_one_node_when_it_is_due(database: &TestDatabase) {
    let store = &database.store;
    assert!(claim(store, "one", NOW).await);
    assert!(!claim(store, "two", NOW).await);
    write(store, |tx| async move { jobs::finish(&tx, JobKind::Purge, "one", NOW).await }).await;
    assert!(!claim(store, "two", NOW + Duration::seconds(59)).await);
    assert!(claim(store, "two", NOW + JobKind::Purge.interval()).await);
}

async fn a_lease_that_ran_out_can_be_taken_over(database: &TestDatabase) {
    let store = &database.store;
    let later = NOW + Duration::minutes(5);
    assert!(claim(store, "one", NOW).await);
    assert!(claim(store, "two", later).await);
    write(store, |tx| async move { jobs::finish(&tx, JobKind::Purge, "one", later).await }).await;
    assert!(!claim(store, "one", later).await, "the lease is the other node's");
}

async fn purge(store: &Store, table: Purgeable, now: OffsetDateTime, limit: u64) -> u64 {
    write(store, |tx| async move { purge::batch(&tx, table, now, limit).await }).await
}

async fn expired_rows_are_removed_in_batches(database: &TestDatabase) {
    let store = &database.store;
    let Household { user, .. } = Household::in_store(store).await;
    // One is there already.
    let sessions: Vec<_> = (0..4).map(|_| records::session(&user)).collect();
    write(store, |tx| {
        let (sessions, user) = (&sessions, &user);
        async move {
            for session in sessions {
                sessions::insert(&tx, session, user.password_hash.as_ref()).await?;
            }
            Ok(())
        }
    })
    .await;
    let end = sessions[0].expires_at + Purgeable::Sessions.retention();
    assert_eq!(purge(store, Purgeable::Sessions, end, 3).await, 0, "not before its retention is over");
    let end = end + Duration::seconds(1);
    assert_eq!(purge(store, Purgeable::Sessions, end, 3).await, 3);
    assert_eq!(purge(store, Purgeable::Sessions, end, 3).await, 2);
}

async fn spent_codes_stay_as_long_as_their_grant(database: &TestDatabase) {
    let store = &database.store;
    let Household { grant, .. } = Household::in_store(store).await;
    let ((presented, code), (_, another)) = (records::code(&grant), records::code(&grant));
    let (_, refresh) = records::refresh_token(&grant);
    write(store, |tx| {
        let (codes, refresh) = ([&code, &another], &refresh);
        async move {
            for code in codes {
                codes::insert(&tx, code).await?;
            }
            refresh_tokens::insert(&tx, refresh).await
        }
    })
    .await;
    let days = |days| NOW + Duration::days(days);
    assert_eq!(purge(store, Purgeable::Grants, days(89), 100).await, 0);
    assert!(codes::find(&store.db(), &presented).await.unwrap().is_some());
    assert_eq!(purge(store, Purgeable::Grants, days(92), 1).await, 2, "a code and the refresh token");
    assert!(grants::find(&store.db(), grant.id).await.unwrap().is_some(), "not while something hangs from it");
    assert_eq!(purge(store, Purgeable::Grants, days(92), 1).await, 2, "the other code and the grant");
    assert!(grants::find(&store.db(), grant.id).await.unwrap().is_none());
}

async fn every_table_that_grows_can_be_purged(database: &TestDatabase) {
    let store = &database.store;
    let token = AccessTokenId(records::fresh_key());
    let marked = write(store, |tx| async move { revoked_tokens::insert(&tx, token, NOW).await });
    let _ = marked.await;
    for table in Purgeable::ALL {
        let removed = purge(store, *table, NOW + Duration::days(1), 100).await;
        assert_eq!(removed, u64::from(*table == Purgeable::RevokedTokens), "{table}");
    }
}

async fn health_writes_and_reads(database: &TestDatabase) {
    health::check(&database.store).await.unwrap();
    database.store.close().await.unwrap();
    assert!(health::check(&database.store).await.is_err());
}
