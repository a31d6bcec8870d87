//! Sessions, interactions, consents, grants.

use keyward::{
    model::{
        claims_request::ClaimsRequest,
        consent::Consent,
        grant::{Grant, RevocationReason, Revoked},
        id::AccessTokenId,
        interaction::{Decision, Progress},
        scope::Scope,
        secret::Secret,
        user::{User, UserStatus},
    },
    storage::{Inserted, Store, consents, grants, interactions, revoked_tokens, sessions, users},
};
use time::Duration;
use tokio::sync::Notify;

use super::{
    database::TestDatabase,
    records::{self, Household, NOW, write},
};

on_each_database![
    a_session_is_found_with_its_user_and_ends_once,
    all_sessions_of_a_user_end_together,
    a_session_is_for_the_user_as_it_was_read,
    a_grant_is_made_in_a_live_session_only,
    a_grant_that_was_first_is_seen_by_whoever_ends_its_session,
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
        let (session, user) = (&session, &user);
        async move { sessions::insert(&tx, session, user.password_hash.as_ref()).await }
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
        let (two, user) = (&two, &user);
        async move {
            sessions::insert(&tx, &two[0], user.password_hash.as_ref()).await?;
            sessions::insert(&tx, &two[1], user.password_hash.as_ref()).await?;
            sessions::end_of_user(&tx, &tenant, user.id, NOW).await
        }
    })
    .await;
    for session in two {
        assert!(!sessions::find(&store.db(), session.id).await.unwrap().unwrap().is_live(NOW));
    }
}

async fn a_session_is_for_the_user_as_it_was_read(database: &TestDatabase) {
    let store = &database.store;
    let Household { user, tenant, .. } = Household::in_store(store).await;
    let start = async |as_read: &User| {
        let session = &records::session(&user);
        write(store, |tx| async move { sessions::insert(&tx, session, as_read.password_hash.as_ref()).await }).await
    };
    let set = async |status| {
        write(store, |tx| async move { users::set_status(&tx, &tenant, user.id, status, NOW).await }).await;
    };
    assert!(start(&user).await);
    assert!(!start(&User { password_hash: None, ..user.clone() }).await);
    let other = Secret::new("$argon2id$y");
    write(store, |tx| {
        let other = &other;
        async move { users::set_password(&tx, &tenant, user.id, other, NOW).await }
    })
    .await;
    assert!(!start(&user).await, "the old password opened a session");
    let user_now = User { password_hash: Some(other.clone()), ..user.clone() };
    set(UserStatus::Disabled).await;
    assert!(!start(&user_now).await, "a disabled user got a session");
    set(UserStatus::Active).await;
    assert!(start(&user_now).await);
}

async fn a_grant_is_made_in_a_live_session_only(database: &TestDatabase) {
    let store = &database.store;
    let household = Household::in_store(store).await;
    let give = async || {
        let mut grant = records::grant(household.tenant, &household.user, &household.client);
        grant.session_id = household.grant.session_id;
        let grant = &grant;
        write(store, |tx| async move { Ok((grant.id, grants::insert(&tx, grant).await?)) }).await
    };
    assert!(give().await.1);
    let (tenant, user) = (household.tenant, household.user.id);
    write(store, |tx| async move { sessions::end_of_user(&tx, &tenant, user, NOW).await }).await;
    let (refused, is_given) = give().await;
    assert!(!is_given);
    assert!(grants::find(&store.db(), refused).await.unwrap().is_none());
}

async fn a_grant_that_was_first_is_seen_by_whoever_ends_its_session(database: &TestDatabase) {
    let store = &database.store;
    let household = Household::in_store(store).await;
    let (session, tenant, user) = (household.grant.session_id, household.tenant, household.user.id);
    let mut grant = records::grant(household.tenant, &household.user, &household.client);
    grant.session_id = session;
    let is_made = Notify::new();
    let make = write(store, |tx| {
        let (grant, is_made) = (&grant, &is_made);
        async move {
            assert!(grants::insert(&tx, grant).await?);
            is_made.notify_one();
            // Whoever ends the session has begun by now, and has to wait for the commit.
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
            Ok(())
        }
    });
    let end = async {
        is_made.notified().await;
        write(store, |tx| async move {
            sessions::end_of_user(&tx, &tenant, user, NOW).await?;
            grants::revoke_of_user(&tx, &tenant, user, RevocationReason::PasswordChanged, NOW).await
        })
        .await;
    };
    tokio::join!(make, end);
    assert!(grants::find(&store.db(), grant.id).await.unwrap().unwrap().revoked.is_some());
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
        let deny = |progress: &mut Progress| progress.decision = Some(Decision::Denied);
        write(store, |tx| async move { interactions::change_progress(&tx, interaction.id, deny).await }).await
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
    for (scope, resource) in [("openid", None), ("a:b", Some("https://api.example")), ("openid email", None)] {
        let consent = Consent {
            tenant,
            user_id: user.id,
            client_id: client.id.clone(),
            resource: resource.map(str::to_owned),
            scope: Scope::parse(scope).unwrap(),
            claims: vec!["name".to_owned()],
            given_at: NOW,
        };
        write(store, |tx| {
            let consent = &consent;
            async move { consents::upsert(&tx, consent).await }
        })
        .await;
        assert_eq!(consents::find(&store.db(), &tenant, user.id, &client.id, resource).await.unwrap(), Some(consent));
    }
    let at_api = consents::find(&store.db(), &tenant, user.id, &client.id, Some("https://api.example")).await.unwrap();
    assert_eq!(at_api.unwrap().scope.to_string(), "a:b");
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
    let dashed = insert_with_scope(store, &household, &["offline-access", "openid"]).await;
    let upper = insert_with_scope(store, &household, &["openid", "OFFLINE_ACCESS"]).await;
    let first = insert_with_scope(store, &household, &["offline_access", "openid"]).await;
    let session = household.grant.session_id;
    write(store, |tx| async move { grants::revoke_of_session(&tx, session, RevocationReason::Logout, NOW).await }).await;
    let kept = [(&offline, false), (&first, false)];
    for (grant, is_revoked) in
        kept.into_iter().chain([(&household.grant, true), (&similar, true), (&dashed, true), (&upper, true)])
    {
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
