//! Signing keys and data keys.

use keyward::{
    model::{names::Algorithm, signing_key::KeyState},
    storage::{
        Inserted,
        data_keys::{self, DataKey},
        signing_keys,
    },
};
use time::Duration;

use super::{
    database::TestDatabase,
    records::{self, NOW, write},
};

on_each_database![a_generation_of_a_signing_key_is_made_once, a_signing_key_retires_and_is_revoked, a_data_key_is_made_once];

async fn a_generation_of_a_signing_key_is_made_once(database: &TestDatabase) {
    let store = &database.store;
    let mut keys = [records::signing_key("a", 1), records::signing_key("b", 1), records::signing_key("c", 1)];
    keys[2].algorithm = Algorithm::RS256;
    let inserted = write(store, |tx| {
        let keys = &keys;
        async move {
            let first = signing_keys::insert(&tx, &keys[0]).await?;
            let second = signing_keys::insert(&tx, &keys[1]).await?;
            Ok([first, second, signing_keys::insert(&tx, &keys[2]).await?])
        }
    });
    assert_eq!(inserted.await, [Inserted::Now, Inserted::Exists, Inserted::Now]);
    let found = signing_keys::list(&store.db()).await.unwrap();
    assert_eq!(found.iter().map(|key| key.kid.as_str()).collect::<Vec<_>>(), ["a", "c"]);
    assert_eq!((&found[0].public, &found[0].sealed_private), (&keys[0].public, &keys[0].sealed_private));
}

async fn a_signing_key_retires_and_is_revoked(database: &TestDatabase) {
    let store = &database.store;
    let key = records::signing_key("a", 1);
    write(store, |tx| {
        let key = &key;
        async move { signing_keys::insert(&tx, key).await }
    })
    .await
    .eq(&Inserted::Now)
    .then_some(())
    .unwrap();
    let hours = |hours| NOW + Duration::hours(hours);
    let state = async |now| signing_keys::list(&store.db()).await.unwrap()[0].state(now);
    let before = store.epoch().await.unwrap();
    write(store, |tx| async move { signing_keys::set_retiring(&tx, "a", hours(2), hours(4)).await }).await;
    assert!(store.epoch().await.unwrap() > before);
    assert_eq!((state(hours(3)).await, state(hours(5)).await), (KeyState::Retiring, KeyState::Retired));

    let revoke = async || write(store, |tx| async move { signing_keys::revoke(&tx, "a", NOW).await }).await;
    assert_eq!((revoke().await, revoke().await), (true, false));
    assert_eq!(state(hours(3)).await, KeyState::Revoked);
}

async fn a_data_key_is_made_once(database: &TestDatabase) {
    let store = &database.store;
    let key = |sealed| DataKey { version: 1, sealed: vec![sealed], created_at: NOW };
    let insert = async |key: DataKey| {
        let inserted = write(store, |tx| {
            let key = &key;
            async move { data_keys::insert(&tx, key).await }
        });
        inserted.await
    };
    assert_eq!((insert(key(1)).await, insert(key(2)).await), (Inserted::Now, Inserted::Exists));
    assert_eq!(data_keys::list(&store.db()).await.unwrap(), [key(1)]);
}
