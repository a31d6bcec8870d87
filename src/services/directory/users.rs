//! People: made, listed, given another password, disabled and enabled.

use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::{
    app::App,
    model::{
        fault::{Failure, Fault},
        grant::RevocationReason,
        id::UserId,
        scope::Scope,
        secret::Secret,
        tenant::Tenant,
        user::{Role, User, UserStatus},
    },
    services::{login::password, refusal::Refusal},
    storage::{self, Inserted, Tx},
};

/// A person as an operator describes them.
#[derive(Debug)]
pub struct NewUser {
    pub email: String,
    pub is_email_verified: bool,
    pub username: Option<String>,
    pub name: Option<String>,
    pub role: Role,
    /// OIDC standard claims; `email`, `email_verified`, `preferred_username` and `sub` have their own places.
    pub claims: Map<String, Value>,
    pub password: Secret,
}

pub async fn create(app: &App, tenant: &Tenant, mut new: NewUser, now: OffsetDateTime) -> Result<User, Failure<Refusal>> {
    if let Some(name) = new.name.take() {
        new.claims.insert("name".to_owned(), name.into());
    }
    check(&new)?;
    let hash = hashed(app, &new.password).await?;
    let user = User {
        id: UserId(app.randomness.uuid_v4()),
        tenant: *tenant,
        username: new.username,
        email: new.email.trim().to_owned(),
        is_email_verified: new.is_email_verified,
        role: new.role,
        claims: new.claims,
        password_hash: Some(hash),
        status: UserStatus::Active,
        created_at: now,
        updated_at: now,
    };
    let record = &user;
    app.store
        .write("users.create", |tx| async move {
            match storage::users::insert(&tx, record).await? {
                Inserted::Now => Ok(()),
                Inserted::Exists => Err(Refusal::conflict("a user with this e-mail address or username exists already").into()),
            }
        })
        .await?;
    Ok(user)
}

fn check(new: &NewUser) -> Result<(), Refusal> {
    let email = new.email.trim();
    let is_address =
        email.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.') && !domain.contains('@'));
    if !is_address || email.len() > 320 || email.chars().any(|character| character.is_whitespace() || character.is_control()) {
        return Err(Refusal::field("email", "must be an e-mail address"));
    }
    if let Some(username) = &new.username {
        let is_plain = !username.trim().is_empty()
            && username.len() <= 64
            && !username.contains('@')
            && !username.chars().any(char::is_control);
        if !is_plain {
            return Err(Refusal::field("username", "must be 1 to 64 characters without `@`"));
        }
    }
    let known = |name: &str| Scope::STANDARD_CLAIMS.iter().any(|(_, claims)| claims.contains(&name));
    for (name, value) in &new.claims {
        if !known(name) || matches!(name.as_str(), "email" | "email_verified" | "preferred_username" | "updated_at") {
            return Err(Refusal::field(name, "is not a standard claim that can be set"));
        }
        let fits = match name.as_str() {
            "address" => value.is_object(),
            "phone_number_verified" => value.is_boolean(),
            _ => value.as_str().is_some_and(|text| !text.trim().is_empty() && !text.contains(char::is_control)),
        };
        if !fits {
            return Err(Refusal::field(name, "has another type than the standard gives it, or is empty"));
        }
    }
    check_password(&new.password)
}

fn check_password(password: &Secret) -> Result<(), Refusal> {
    match password.reveal().len() {
        password::SHORTEST..=password::LONGEST => Ok(()),
        _ => Err(Refusal::field("password", "must have 8 to 1024 bytes")),
    }
}

async fn hashed(app: &App, password: &Secret) -> Result<Secret, Failure<Refusal>> {
    password::hash(app, password).await.map_err(|failure| match failure {
        Failure::Refused(_) => Fault::unavailable("every hashing worker is busy").into(),
        Failure::Broken(fault) => fault.into(),
    })
}

pub async fn list(app: &App, tenant: &Tenant) -> Result<Vec<User>, Fault> {
    storage::users::list(&app.store.db(), tenant).await
}

/// By id, e-mail address or username.
pub async fn find(app: &App, tenant: &Tenant, name: &str) -> Result<User, Failure<Refusal>> {
    let db = app.store.db();
    let found = match name.parse::<UserId>() {
        Ok(id) => storage::users::find(&db, tenant, id).await?,
        Err(_) => match storage::users::find_by_login(&db, tenant, name).await? {
            Some(found) => storage::users::find(&db, tenant, found.user).await?,
            None => None,
        },
    };
    found.ok_or_else(|| Refusal::NotFound("user").into())
}

/// For an operator, who may reach every tenant: an id alone is enough.
pub async fn find_anywhere(app: &App, id: UserId) -> Result<User, Failure<Refusal>> {
    storage::users::find_anywhere(&app.store.db(), id).await?.ok_or_else(|| Refusal::NotFound("user").into())
}

/// Ends every session and grant: whoever knew the old password is out.
pub async fn set_password(app: &App, user: &User, password: &Secret, now: OffsetDateTime) -> Result<(), Failure<Refusal>> {
    check_password(password)?;
    let hash = hashed(app, password).await?;
    let hash = &hash;
    app.store
        .write("users.password", |tx| async move {
            storage::users::set_password(&tx, &user.tenant, user.id, hash, now).await?;
            end_everything(&tx, user, RevocationReason::PasswordChanged, now).await?;
            Ok(())
        })
        .await
}

pub async fn disable(app: &App, user: &User, now: OffsetDateTime) -> Result<(), Failure<Refusal>> {
    app.store
        .write("users.disable", |tx| async move {
            storage::users::set_status(&tx, &user.tenant, user.id, UserStatus::Disabled, now).await?;
            end_everything(&tx, user, RevocationReason::UserDisabled, now).await?;
            Ok(())
        })
        .await
}

/// Opens the account again; nothing that ended comes back.
pub async fn enable(app: &App, user: &User, now: OffsetDateTime) -> Result<(), Failure<Refusal>> {
    app.store
        .write("users.enable", |tx| async move {
            storage::users::set_status(&tx, &user.tenant, user.id, UserStatus::Active, now).await?;
            Ok(())
        })
        .await
}

async fn end_everything(tx: &Tx, user: &User, reason: RevocationReason, now: OffsetDateTime) -> Result<(), Fault> {
    storage::sessions::end_of_user(tx, &user.tenant, user.id, now).await?;
    storage::grants::revoke_of_user(tx, &user.tenant, user.id, reason, now).await
}
