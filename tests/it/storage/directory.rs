//! Organizations, users, clients: found, listed, unique, and kept apart by tenant.

use keyward::{
    model::{
        client::RegisteredClient,
        page::Slice,
        secret::Secret,
        tenant::{Environment, Tenant},
        user::{User, UserStatus},
    },
    storage::{Inserted, access_tokens, clients, codes, consents, grants, organizations, refresh_tokens, users},
};
use time::Duration;

use super::{
    database::TestDatabase,
    records::{self, Household, NOW, write},
};

on_each_database![
    an_organization_is_found_by_id_and_slug,
    a_slug_is_taken_once,
    a_user_is_found_by_either_name,
    a_name_belongs_to_one_user_of_a_tenant,
    a_user_of_another_tenant_is_not_there,
    a_client_is_found_with_its_secrets,
    an_identifier_has_one_resource_server_in_a_tenant,
    secrets_end_but_never_later,
    a_deleted_client_takes_everything_with_it,
    a_change_is_heard_by_the_cache_at_once,
];

fn other_environment(tenant: Tenant) -> Tenant {
    Tenant { environment: Environment::Test, ..tenant }
}

async fn an_organization_is_found_by_id_and_slug(database: &TestDatabase) {
    let store = &database.store;
    let acme = Household::in_store(store).await.organization;
    assert_eq!(organizations::find(&store.db(), acme.id).await.unwrap(), Some(acme.clone()));
    assert_eq!(organizations::find_by_slug(&store.db(), "acme").await.unwrap(), Some(acme.clone()));
    assert_eq!(organizations::find_by_slug(&store.db(), "other").await.unwrap(), None);
    assert_eq!(organizations::list(&store.db()).await.unwrap(), std::slice::from_ref(&acme));
    assert_eq!(store.organization(acme.id).await.unwrap().as_deref(), Some(&acme));
}

async fn a_slug_is_taken_once(database: &TestDatabase) {
    let store = &database.store;
    Household::in_store(store).await;
    let twin = records::organization("acme");
    let inserted = write(store, |tx| {
        let twin = &twin;
        async move { organizations::insert(&tx, twin).await }
    });
    assert_eq!(inserted.await, Inserted::Exists);
    assert_eq!(organizations::list(&store.db()).await.unwrap().len(), 1);
}

async fn a_user_is_found_by_either_name(database: &TestDatabase) {
    let store = &database.store;
    let Household { tenant, user, .. } = Household::in_store(store).await;
    for name in ["ada", " ADA ", "ada@example.com", "Ada@Example.COM"] {
        let found = users::find_by_login(&store.db(), &tenant, name).await.unwrap().expect(name);
        assert_eq!((found.user, found.status), (user.id, user.status));
        assert_eq!(found.password_hash.as_ref().map(Secret::reveal), user.password_hash.as_ref().map(Secret::reveal));
    }
    assert!(users::find_by_login(&store.db(), &tenant, "bob").await.unwrap().is_none());
    assert!(users::find_by_login(&store.db(), &other_environment(tenant), "ada").await.unwrap().is_none());
    assert_eq!(users::list(&store.db(), &tenant, None, Slice::ALL).await.unwrap().len(), 1);
}

async fn a_name_belongs_to_one_user_of_a_tenant(database: &TestDatabase) {
    let store = &database.store;
    let Household { tenant, .. } = Household::in_store(store).await;
    let insert = async |user: User| {
        let inserted = write(store, |tx| {
            let user = &user;
            async move { users::insert(&tx, user).await }
        });
        inserted.await
    };
    let bob = records::user(tenant, "bob");
    assert_eq!(insert(User { username: Some("ADA".to_owned()), ..bob.clone() }).await, Inserted::Exists);
    assert_eq!(insert(User { email: "Ada@example.com".to_owned(), ..bob.clone() }).await, Inserted::Exists);
    assert_eq!(insert(User { username: Some("ada@example.com".to_owned()), ..bob.clone() }).await, Inserted::Exists);
    assert_eq!(users::list(&store.db(), &tenant, None, Slice::ALL).await.unwrap().len(), 1, "what was refused left nothing");
    assert!(users::find_by_login(&store.db(), &tenant, "bob").await.unwrap().is_none());

    assert_eq!(insert(User { username: Some(bob.email.clone()), ..bob }).await, Inserted::Now);
    assert_eq!(insert(records::user(other_environment(tenant), "ada")).await, Inserted::Now);
}

async fn a_user_of_another_tenant_is_not_there(database: &TestDatabase) {
    let store = &database.store;
    let Household { tenant, user, .. } = Household::in_store(store).await;
    let other = other_environment(tenant);
    assert!(users::find(&store.db(), &tenant, user.id).await.unwrap().is_some());
    assert!(users::find(&store.db(), &other, user.id).await.unwrap().is_none());

    let later = NOW + Duration::hours(1);
    let hash = Secret::new("$argon2id$y");
    for (tenant, is_there) in [(&other, false), (&tenant, true)] {
        let done = write(store, |tx| {
            let hash = &hash;
            async move {
                let password = users::set_password(&tx, tenant, user.id, hash, later).await?;
                Ok((password, users::set_status(&tx, tenant, user.id, UserStatus::Disabled, later).await?))
            }
        });
        assert_eq!(done.await, (is_there, is_there));
    }
    let found = users::find(&store.db(), &tenant, user.id).await.unwrap().unwrap();
    assert_eq!(found.password_hash.as_ref().map(Secret::reveal), Some(hash.reveal()));
    assert_eq!((found.status, found.updated_at), (UserStatus::Disabled, later));
}

async fn a_client_is_found_with_its_secrets(database: &TestDatabase) {
    let store = &database.store;
    let Household { tenant, client, .. } = Household::in_store(store).await;
    let (first, second) = (records::client_secret(&client), records::client_secret(&client));
    let secrets = [first.clone(), second.clone()];
    write(store, |tx| {
        let secrets = &secrets;
        async move {
            clients::insert_secret(&tx, &secrets[0]).await?;
            clients::insert_secret(&tx, &secrets[1]).await
        }
    })
    .await;
    let is_whole = |found: &RegisteredClient| found.client == client && found.secrets == secrets;
    assert!(is_whole(&clients::find(&store.db(), &client.id).await.unwrap().unwrap()));
    assert!(is_whole(&clients::list(&store.db(), &tenant).await.unwrap()[0]));
    assert!(is_whole(&store.client(&client.id).await.unwrap().unwrap()));
    assert!(clients::list(&store.db(), &other_environment(tenant)).await.unwrap().is_empty());
}

async fn an_identifier_has_one_resource_server_in_a_tenant(database: &TestDatabase) {
    let store = &database.store;
    let Household { tenant, client, .. } = Household::in_store(store).await;
    let other = other_environment(tenant);
    let api = Some("https://api.example");
    let clients = [
        records::client(tenant, api),
        records::client(tenant, api),
        records::client(other, api),
        client, // its id is taken
    ];
    let inserted = write(store, |tx| {
        let clients = &clients;
        async move {
            let mut inserted = Vec::new();
            for client in clients {
                inserted.push(clients::insert(&tx, client, &[]).await?);
            }
            Ok(inserted)
        }
    });
    assert_eq!(inserted.await, [Inserted::Now, Inserted::Exists, Inserted::Now, Inserted::Exists]);
    assert!(clients::has_resource_server(&store.db(), &tenant, "https://api.example").await.unwrap());
    assert!(!clients::has_resource_server(&store.db(), &tenant, "https://other.example").await.unwrap());
}

async fn secrets_end_but_never_later(database: &TestDatabase) {
    let store = &database.store;
    let Household { client, .. } = Household::in_store(store).await;
    let mut secrets: Vec<_> = (0..3).map(|_| records::client_secret(&client)).collect();
    secrets[0].expires_at = Some(NOW + Duration::hours(1));
    write(store, |tx| {
        let secrets = &secrets;
        async move {
            for secret in secrets {
                clients::insert_secret(&tx, secret).await?;
            }
            clients::end_secrets(&tx, &secrets[0].client_id, NOW + Duration::hours(24), secrets[2].id).await
        }
    })
    .await;
    let found = clients::find(&store.db(), &client.id).await.unwrap().unwrap();
    let ends: Vec<_> = found.secrets.iter().map(|secret| secret.expires_at).collect();
    assert_eq!(ends, [Some(NOW + Duration::hours(1)), Some(NOW + Duration::hours(24)), None]);
}

async fn a_deleted_client_takes_everything_with_it(database: &TestDatabase) {
    let store = &database.store;
    let Household { tenant, client, grant, user, .. } = Household::in_store(store).await;
    let (presented_code, code) = records::code(&grant);
    let (presented_refresh, refresh) = records::refresh_token(&grant);
    let (presented_access, access) = records::access_token(&grant);
    write(store, |tx| {
        let (code, refresh, access) = (&code, &refresh, &access);
        async move {
            codes::insert(&tx, code).await?;
            refresh_tokens::insert(&tx, refresh).await?;
            access_tokens::insert(&tx, access).await
        }
    })
    .await;
    for (tenant, is_there) in [(other_environment(tenant), false), (tenant, true)] {
        let deleted = write(store, |tx| {
            let id = &client.id;
            async move { clients::delete(&tx, &tenant, id).await }
        });
        assert_eq!(deleted.await, is_there);
    }
    assert!(clients::find(&store.db(), &client.id).await.unwrap().is_none());
    assert!(grants::find(&store.db(), grant.id).await.unwrap().is_none());
    assert!(codes::find(&store.db(), &presented_code).await.unwrap().is_none());
    assert!(refresh_tokens::find(&store.db(), &presented_refresh).await.unwrap().is_none());
    assert!(access_tokens::find(&store.db(), &presented_access).await.unwrap().is_none());
    assert!(consents::find(&store.db(), &tenant, user.id, &client.id, None).await.unwrap().is_none());
}

async fn a_change_is_heard_by_the_cache_at_once(database: &TestDatabase) {
    let store = &database.store;
    let Household { tenant, client, .. } = Household::in_store(store).await;
    let before = store.epoch().await.unwrap();
    assert!(store.client(&client.id).await.unwrap().unwrap().secrets.is_empty());
    let secret = records::client_secret(&client);
    write(store, |tx| {
        let secret = &secret;
        async move { clients::insert_secret(&tx, secret).await }
    })
    .await;
    assert!(store.epoch().await.unwrap() > before);
    assert_eq!(store.client(&client.id).await.unwrap().unwrap().secrets.len(), 1);
    write(store, |tx| {
        let id = &client.id;
        async move { clients::delete(&tx, &tenant, id).await }
    })
    .await;
    assert!(store.client(&client.id).await.unwrap().is_none());
}
