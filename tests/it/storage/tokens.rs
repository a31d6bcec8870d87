//! Codes, refresh tokens, opaque access tokens, replay marks: kept as digests, spent once.

use keyward::{
    model::{
        code::AuthorizationCode,
        secret::{Digest, Presented},
        token::{RefreshToken, RefreshUse},
    },
    storage::{
        Inserted, Store, access_tokens,
        codes::{self, Consumed},
        refresh_tokens, replay_marks,
    },
};
use time::Duration;

use super::{
    database::TestDatabase,
    records::{self, Household, NOW, write},
};

on_each_database![
    a_code_is_consumed_once,
    a_code_needs_its_whole_secret,
    a_burned_code_is_spent,
    a_refresh_token_rotates_once,
    a_lost_answer_can_be_given_again,
    a_used_successor_cannot_be_replaced,
    a_token_that_does_not_rotate_lives_on,
    an_opaque_access_token_is_found_until_it_is_deleted,
    a_replay_mark_is_made_once_for_each_issuer,
];

async fn stored_code(store: &Store) -> (Presented, AuthorizationCode) {
    let Household { grant, .. } = Household::in_store(store).await;
    let (presented, code) = records::code(&grant);
    write(store, |tx| {
        let code = &code;
        async move { codes::insert(&tx, code).await }
    })
    .await;
    (presented, code)
}

async fn a_code_is_consumed_once(database: &TestDatabase) {
    let store = &database.store;
    let (presented, code) = stored_code(store).await;
    let found = codes::find(&store.db(), &presented).await.unwrap().unwrap();
    assert_eq!((found.id, found.nonce, found.consumed_at), (code.id, code.nonce.clone(), None));

    let consume = async |now| write(store, |tx| async move { codes::consume(&tx, &presented, now).await }).await;
    assert!(matches!(consume(NOW).await, Consumed::Now(consumed) if consumed.grant_id == code.grant_id));
    let again = consume(NOW + Duration::seconds(1)).await;
    assert!(matches!(again, Consumed::Earlier(consumed) if consumed.consumed_at == Some(NOW)));
}

async fn a_code_needs_its_whole_secret(database: &TestDatabase) {
    let store = &database.store;
    let (presented, _) = stored_code(store).await;
    let guessed = Presented { digest: Digest::of("guessed"), ..presented };
    assert!(codes::find(&store.db(), &guessed).await.unwrap().is_none());
    let consumed = write(store, |tx| async move { codes::consume(&tx, &guessed, NOW).await }).await;
    assert!(matches!(consumed, Consumed::Unknown));
    assert_eq!(codes::find(&store.db(), &presented).await.unwrap().unwrap().consumed_at, None);
}

async fn a_burned_code_is_spent(database: &TestDatabase) {
    let store = &database.store;
    let (presented, code) = stored_code(store).await;
    write(store, |tx| async move { codes::burn(&tx, code.id, NOW).await }).await;
    let consumed = write(store, |tx| async move { codes::consume(&tx, &presented, NOW).await }).await;
    assert!(matches!(consumed, Consumed::Earlier(_)));
}

/// A refresh token and two that may succeed it.
async fn stored_family(store: &Store) -> [(Presented, RefreshToken); 3] {
    let Household { grant, .. } = Household::in_store(store).await;
    let family = [records::refresh_token(&grant), records::refresh_token(&grant), records::refresh_token(&grant)];
    write(store, |tx| {
        let family = &family;
        async move {
            for (_, token) in family {
                refresh_tokens::insert(&tx, token).await?;
            }
            Ok(())
        }
    })
    .await;
    family
}

async fn state(store: &Store, presented: &Presented) -> RefreshUse {
    refresh_tokens::find(&store.db(), presented).await.unwrap().unwrap().use_state
}

async fn a_refresh_token_rotates_once(database: &TestDatabase) {
    let store = &database.store;
    let [(presented, first), (_, second), (_, third)] = stored_family(store).await;
    assert_eq!(state(store, &presented).await, RefreshUse::Unused);
    let rotate = async |to| write(store, |tx| async move { refresh_tokens::rotate(&tx, first.id, to, NOW).await }).await;
    assert!(rotate(second.id).await);
    assert!(!rotate(third.id).await);
    assert_eq!(state(store, &presented).await, RefreshUse::Rotated { at: NOW, successor: second.id });
}

async fn a_lost_answer_can_be_given_again(database: &TestDatabase) {
    let store = &database.store;
    let [(presented, first), (presented_second, second), (presented_third, third)] = stored_family(store).await;
    let later = NOW + Duration::seconds(5);
    let done = write(store, |tx| async move {
        let rotated = refresh_tokens::rotate(&tx, first.id, second.id, NOW).await?;
        Ok((rotated, refresh_tokens::re_rotate(&tx, first.id, second.id, third.id, later).await?))
    });
    assert_eq!(done.await, (true, true));
    assert_eq!(state(store, &presented).await, RefreshUse::Rotated { at: NOW, successor: third.id });
    assert_eq!(state(store, &presented_second).await, RefreshUse::Superseded { at: later });
    assert_eq!(state(store, &presented_third).await, RefreshUse::Unused);
}

async fn a_used_successor_cannot_be_replaced(database: &TestDatabase) {
    let store = &database.store;
    let [(presented, first), (_, second), (_, third)] = stored_family(store).await;
    let done = write(store, |tx| async move {
        refresh_tokens::rotate(&tx, first.id, second.id, NOW).await?;
        refresh_tokens::rotate(&tx, second.id, third.id, NOW).await?;
        refresh_tokens::re_rotate(&tx, first.id, second.id, third.id, NOW).await
    });
    assert!(!done.await);
    assert_eq!(state(store, &presented).await, RefreshUse::Rotated { at: NOW, successor: second.id });
}

async fn a_token_that_does_not_rotate_lives_on(database: &TestDatabase) {
    let store = &database.store;
    let [(presented, token), ..] = stored_family(store).await;
    let until = NOW + Duration::days(60);
    write(store, |tx| async move { refresh_tokens::touch(&tx, token.id, until).await }).await;
    let found = refresh_tokens::find(&store.db(), &presented).await.unwrap().unwrap();
    assert_eq!((found.idle_expires_at, found.use_state), (until, RefreshUse::Unused));
}

async fn an_opaque_access_token_is_found_until_it_is_deleted(database: &TestDatabase) {
    let store = &database.store;
    let Household { grant, .. } = Household::in_store(store).await;
    let (presented, mut token) = records::access_token(&grant);
    token.grant_id = None;
    write(store, |tx| {
        let token = &token;
        async move { access_tokens::insert(&tx, token).await }
    })
    .await;
    let found = access_tokens::find(&store.db(), &presented).await.unwrap().unwrap();
    assert_eq!((found.grant_id, found.audience, found.scope), (None, token.audience.clone(), token.scope.clone()));
    let guessed = Presented { digest: Digest::of("guessed"), ..presented };
    assert!(access_tokens::find(&store.db(), &guessed).await.unwrap().is_none());
    let delete = async || write(store, |tx| async move { access_tokens::delete(&tx, token.id).await }).await;
    assert_eq!((delete().await, delete().await), (true, false));
    assert!(access_tokens::find(&store.db(), &presented).await.unwrap().is_none());
}

async fn a_replay_mark_is_made_once_for_each_issuer(database: &TestDatabase) {
    let store = &database.store;
    let jti = Digest::of("jti");
    let mark = async |issuer| {
        write(store, |tx| async move { replay_marks::insert(&tx, issuer, &jti, NOW + Duration::minutes(5)).await }).await
    };
    assert_eq!(mark("a").await, Inserted::Now);
    assert_eq!(mark("a").await, Inserted::Exists);
    assert_eq!(mark("b").await, Inserted::Now);
}
