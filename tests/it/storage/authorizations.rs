//! Sessions, interactions, consents, grants.

use keyward::{
    model::{
        claims_request::ClaimsRequest,
        consent::Consent,
        grant::{Grant, RevocationReason, Revoked},
        id::AccessTokenId,
        interaction::{Decision, Progress},
        scope::Scope,
        user::UserStatus,
    },
    storage::{Inserted, Store, consents, grants, interactions, revoked_tokens, sessions, users},
};
use time::Duration;

use super::{
    database::TestDatabase,
    records::{self, Household, NOW, write},
};

on_each_database![
    a_session_is_found_with_its_user_and_ends_once,
    all_sessions_of_a_user_end_together,
    an_interaction_goes_on_until_it_is_finished,
    a_consent_replaces_the_one_before,
    a_grant_is_revoked_once,
    a_session_takes_only_grants_without_offline_access,
    all_grants_of_a_user_are_revoked_together,
    liveness_tells_grant_user_and_token,
];

async fn a_session_is_found_with_its_user_and_ends_once(database: &TestDatabase) {
    let store = &database.store;
    let Household { user, .. } = Household::in_store(store).await;
    let session = records::session(&user);
    write(store, |tx| {
        let session = &session;
        async move { sessions::insert(&tx, session).await }
    })
    .await;
    let (found, whose) = sessions::find_with_user(&store.db(), session.id).await.unwrap().unwrap();
    assert_eq!((found.digest, found.authentication), (session.digest, session.authentication.clone()));
    assert_eq!((whose.id, whose.email), (user.id, user.email.clone()));
    let end = async || write(store, |tx| async move { sessions::end(&tx, session.id, NOW).await }).await;
    assert_eq!((end().await, end().await), (true, false));
    assert_eq!(sessions::find(&store.db(), session.id).await.unwrap().unwrap().ended_at, Some(NOW));
}

async fn all_sessions_of_a_user_end_together(database: &TestDatabase) {
    let store = &database.store;
    let Household { user, tenant, .. } = Household::in_store(store).await;
    let two = [records::session(&user), records::session(&user)];
    write(store, |tx| {
        let two = &two;
        async move {
            sessions::insert(&tx, &two[0]).await?;
            sessions::insert(&tx, &two[1]).await?;
            sessions::end_of_user(&tx, &tenant, user.id, NOW).await
        }
    })
    .await;
    for session in two {
        assert!(!sessions::find(&store.db(), session.id).await.unwrap().unwrap().is_live(NOW));
    }
}

async fn an_interaction_goes_on_until_it_is_finished(database: &TestDatabase) {
    let store = &database.store;
    let Household { client, .. } = Household::in_store(store).await;
    let interaction = records::interaction(&client);
    write(store, |tx| {
        let interaction = &interaction;
        async move { interactions::insert(&tx, interaction).await }
    })
    .await;
    let denied = Progress { decision: Some(Decision::Denied), ..Progress::default() };
    let set = async || {
        let denied = &denied;
        write(store, |tx| async move { interactions::set_progress(&tx, interaction.id, denied).await }).await
    };
    let finish = async || write(store, |tx| async move { interactions::finish(&tx, interaction.id, NOW).await }).await;
    assert!(set().await);
    let found = interactions::find(&store.db(), interaction.id).await.unwrap().unwrap();
    assert_eq!((found.request, found.progress), (interaction.request.clone(), denied.clone()));
    assert_eq!((finish().await, finish().await), (true, false));
    assert!(!set().await);
    assert!(!interactions::find(&store.db(), interaction.id).await.unwrap().unwrap().is_live(NOW));
}

async fn a_consent_replaces_the_one_before(database: &TestDatabase) {
    let store = &database.store;
    let Household { client, user, tenant, .. } = Household::in_store(store).await;
    for scope in ["openid", "openid email"] {
        let consent = Consent {
            tenant,
            user_id: user.id,
            client_id: client.id.clone(),
            scope: Scope::parse(scope).unwrap(),
            claims: vec!["name".to_owned()],
            resource: None,
            given_at: NOW,
        };
        write(store, |tx| {
            let consent = &consent;
            async move { consents::upsert(&tx, consent).await }
        })
        .await;
        assert_eq!(consents::find(&store.db(), &tenant, user.id, &client.id).await.unwrap(), Some(consent));
    }
}

async fn a_grant_is_revoked_once(database: &TestDatabase) {
    let store = &database.store;
    let Household { grant, .. } = Household::in_store(store).await;
    let revoke = async |reason| write(store, |tx| async move { grants::revoke(&tx, grant.id, reason, NOW).await }).await;
    assert!(revoke(RevocationReason::CodeReplayed).await);
    assert!(!revoke(RevocationReason::Logout).await);
    let found = grants::find(&store.db(), grant.id).await.unwrap().unwrap();
    assert_eq!(found.revoked, Some(Revoked { at: NOW, reason: RevocationReason::CodeReplayed }));
    assert_eq!((found.scope, found.authentication), (grant.scope.clone(), grant.authentication.clone()));
}

async fn insert_with_scope(store: &Store, household: &Household, scope: &[&str]) -> Grant {
    let mut grant = records::grant(household.tenant, &household.user, &household.client);
    grant.session_id = household.grant.session_id;
    grant.scope = Scope::of(scope);
    grant.claims = ClaimsRequest::default();
    write(store, |tx| {
        let grant = &grant;
        async move { grants::insert(&tx, grant).await }
    })
    .await;
    grant
}

async fn a_session_takes_only_grants_without_offline_access(database: &TestDatabase) {
    let store = &database.store;
    let household = Household::in_store(store).await;
    let offline = insert_with_scope(store, &household, &["openid", "offline_access"]).await;
    let similar = insert_with_scope(store, &household, &["openid", "offline_access:read"]).await;
    let session = household.grant.session_id;
    write(store, |tx| async move { grants::revoke_of_session(&tx, session, RevocationReason::Logout, NOW).await }).await;
    for (grant, is_revoked) in [(&household.grant, true), (&offline, false), (&similar, true)] {
        let found = grants::find(&store.db(), grant.id).await.unwrap().unwrap();
        assert_eq!(found.revoked.is_some(), is_revoked, "{}", grant.scope);
    }
}

async fn all_grants_of_a_user_are_revoked_together(database: &TestDatabase) {
    let store = &database.store;
    let household = Household::in_store(store).await;
    let offline = insert_with_scope(store, &household, &["offline_access"]).await;
    let (tenant, user) = (household.tenant, household.user.id);
    let reason = RevocationReason::PasswordChanged;
    write(store, |tx| async move { grants::revoke_of_user(&tx, &tenant, user, reason, NOW).await }).await;
    for id in [household.grant.id, offline.id] {
        assert!(grants::find(&store.db(), id).await.unwrap().unwrap().revoked.is_some());
    }
}

async fn liveness_tells_grant_user_and_token(database: &TestDatabase) {
    let store = &database.store;
    let Household { grant, user, tenant, .. } = Household::in_store(store).await;
    let token = AccessTokenId(records::fresh_key());
    let look = async |token| grants::liveness(&store.db(), grant.id, token).await.unwrap().unwrap();
    let before = look(Some(token)).await;
    assert_eq!((before.grant.id, before.user.id, before.token_revoked), (grant.id, user.id, false));
    let expires_at = NOW + Duration::hours(1);
    let marked = write(store, |tx| async move {
        users::set_status(&tx, &tenant, user.id, UserStatus::Disabled, NOW).await?;
        grants::revoke(&tx, grant.id, RevocationReason::UserDisabled, NOW).await?;
        let first = revoked_tokens::insert(&tx, token, expires_at).await?;
        Ok((first, revoked_tokens::insert(&tx, token, expires_at).await?))
    });
    assert_eq!(marked.await, (Inserted::Now, Inserted::Exists));
    let after = look(Some(token)).await;
    assert!(after.token_revoked && after.grant.revoked.is_some() && !after.user.is_active());
    assert!(!look(None).await.token_revoked);
    assert!(!look(Some(AccessTokenId(records::fresh_key()))).await.token_revoked);
    assert!(revoked_tokens::is_revoked(&store.db(), token).await.unwrap());
}
