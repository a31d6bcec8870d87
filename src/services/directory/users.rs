//! People: made, listed, changed, deleted.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::{
    app::App,
    model::{
        actor::Actor,
        fault::{Failure, Fault},
        grant::RevocationReason,
        id::{RoleId, UserId},
        instant,
        page::{Page, Slice},
        permission::Permission,
        role::BuiltInRole,
        scope::Scope,
        secret::Secret,
        tenant::{Environment, Tenant},
        user::{User, UserStatus},
    },
    services::{directory::given, login::password, refusal::Refusal},
    storage::{self, Db, Inserted, Tx},
};

/// A person as whoever makes them describes them.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewUser {
    pub email: String,
    #[serde(default, rename = "emailVerified")]
    pub is_email_verified: bool,
    #[serde(default)]
    pub username: Option<String>,
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default = "member")]
    pub role: BuiltInRole,
    /// OIDC standard claims; `email`, `email_verified`, `preferred_username` and `sub` have their own places.
    #[serde(default)]
    pub claims: Map<String, Value>,
    /// None: they cannot sign in with one yet.
    #[serde(default)]
    pub password: Option<Secret>,
}

fn member() -> BuiltInRole {
    BuiltInRole::Member
}

/// What is to be another: every member that is left out stays, and `null` takes away what may be absent.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UserChange {
    #[serde(default, deserialize_with = "given")]
    pub email: Option<String>,
    #[serde(default, deserialize_with = "given", rename = "emailVerified")]
    pub is_email_verified: Option<bool>,
    #[serde(default, deserialize_with = "given")]
    pub username: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    pub name: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    pub claims: Option<Map<String, Value>>,
    #[serde(default, deserialize_with = "given")]
    pub role: Option<BuiltInRole>,
    #[serde(default, deserialize_with = "given")]
    pub status: Option<UserStatus>,
    /// Every session and token of theirs ends: whoever knew the old one is out.
    #[serde(default, deserialize_with = "given")]
    pub password: Option<Secret>,
}

/// A user as the outside sees them.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserView {
    pub id: UserId,
    pub email: String,
    #[serde(rename = "emailVerified")]
    pub is_email_verified: bool,
    pub username: Option<String>,
    pub name: Option<String>,
    pub role: BuiltInRole,
    /// Those of the organization's own roles that they have.
    pub roles: Vec<RoleId>,
    pub status: UserStatus,
    pub environment: Environment,
    pub claims: Map<String, Value>,
    #[serde(serialize_with = "instant::serialize")]
    pub created_at: OffsetDateTime,
    #[serde(serialize_with = "instant::serialize")]
    pub updated_at: OffsetDateTime,
}

pub fn view(user: &User, roles: Vec<RoleId>) -> UserView {
    UserView {
        id: user.id,
        email: user.email.clone(),
        is_email_verified: user.is_email_verified,
        username: user.username.clone(),
        name: user.claims.get("name").and_then(Value::as_str).map(str::to_owned),
        role: user.role,
        roles,
        status: user.status,
        environment: user.tenant.environment,
        claims: user.claims.clone(),
        created_at: user.created_at,
        updated_at: user.updated_at,
    }
}

/// With the roles of each.
pub async fn views(app: &App, tenant: &Tenant, users: &[User]) -> Result<Vec<UserView>, Fault> {
    let mut roles = storage::roles::of_users(&app.store.db(), tenant, users.iter().map(|user| user.id)).await?;
    Ok(users.iter().map(|user| view(user, roles.remove(&user.id).unwrap_or_default())).collect())
}

pub async fn create(
    app: &App,
    actor: &Actor,
    tenant: &Tenant,
    mut new: NewUser,
    now: OffsetDateTime,
) -> Result<User, Failure<Refusal>> {
    actor.require(Permission::UsersWrite, tenant)?;
    actor.require_all(&new.role.permissions())?;
    if let Some(name) = new.name.take() {
        new.claims.insert("name".to_owned(), name.into());
    }
    let mut user = User {
        id: UserId(app.randomness.uuid_v4()),
        tenant: *tenant,
        username: new.username,
        email: new.email.trim().to_owned(),
        is_email_verified: new.is_email_verified,
        role: new.role,
        claims: new.claims,
        password_hash: None,
        status: UserStatus::Active,
        created_at: now,
        updated_at: now,
    };
    check(&user)?;
    user.password_hash = hashed(app, new.password.as_ref()).await?;
    let record = &user;
    app.store
        .write("users.create", |tx| async move {
            match storage::users::insert(&tx, record).await? {
                Inserted::Now => Ok(()),
                Inserted::Exists => Err(name_is_taken()),
            }
        })
        .await?;
    Ok(user)
}

fn name_is_taken() -> Failure<Refusal> {
    Refusal::conflict("a user with this e-mail address or username exists already").into()
}

/// Changes whom the actor has at least the rights of, to nothing beyond the actor's own. An organization keeps an active owner.
pub async fn update(
    app: &App,
    actor: &Actor,
    tenant: &Tenant,
    id: UserId,
    change: UserChange,
    now: OffsetDateTime,
) -> Result<User, Failure<Refusal>> {
    actor.require(Permission::UsersWrite, tenant)?;
    if let Some(role) = change.role {
        actor.require_all(&role.permissions())?;
    }
    let hash = hashed(app, change.password.as_ref()).await?;
    let (change, hash) = (&change, hash.as_ref());
    app.store
        .write("users.update", |tx| async move {
            let before = find_below(&tx, actor, tenant, id).await?;
            let after = changed(&before, change, now)?;
            if is_owner(&before) && !is_owner(&after) {
                keep_an_owner(&tx, actor, &before).await?;
            }
            if storage::users::update(&tx, &before, &after).await? == Inserted::Exists {
                return Err(name_is_taken());
            }
            if after.status != before.status {
                storage::users::set_status(&tx, tenant, id, after.status, now).await?;
            }
            if let Some(hash) = hash {
                storage::users::set_password(&tx, tenant, id, hash, now).await?;
                end_everything(&tx, &after, RevocationReason::PasswordChanged, now).await?;
            }
            if !after.is_active() {
                end_everything(&tx, &after, RevocationReason::UserDisabled, now).await?;
            }
            Ok(after)
        })
        .await
}

fn changed(before: &User, change: &UserChange, now: OffsetDateTime) -> Result<User, Refusal> {
    let mut user = User { updated_at: now, ..before.clone() };
    if let Some(email) = &change.email {
        user.email = email.trim().to_owned();
        // Another address is not known to be theirs.
        user.is_email_verified &= user.email == before.email;
    }
    user.is_email_verified = change.is_email_verified.unwrap_or(user.is_email_verified);
    user.username = change.username.clone().unwrap_or(user.username);
    user.claims = change.claims.clone().unwrap_or(user.claims);
    match &change.name {
        Some(Some(name)) => drop(user.claims.insert("name".to_owned(), name.as_str().into())),
        Some(None) => drop(user.claims.remove("name")),
        None => {}
    }
    user.role = change.role.unwrap_or(user.role);
    user.status = change.status.unwrap_or(user.status);
    check(&user)?;
    Ok(user)
}

/// With all that hangs from them. Their keys are revoked, and stay readable.
pub async fn delete(app: &App, actor: &Actor, tenant: &Tenant, id: UserId, now: OffsetDateTime) -> Result<(), Failure<Refusal>> {
    actor.require(Permission::UsersDelete, tenant)?;
    app.store
        .write("users.delete", |tx| async move {
            let user = find_below(&tx, actor, tenant, id).await?;
            if is_owner(&user) {
                keep_an_owner(&tx, actor, &user).await?;
            }
            storage::api_keys::revoke_of_owner(&tx, tenant, id, now).await?;
            storage::users::delete(&tx, tenant, id).await?;
            Ok(())
        })
        .await
}

/// A user who has no right that the actor does not have: nobody takes over somebody above them.
pub(super) async fn find_below(tx: &Tx, actor: &Actor, tenant: &Tenant, id: UserId) -> Result<User, Failure<Refusal>> {
    let user = storage::users::find(tx, tenant, id).await?.ok_or(Refusal::NotFound("user"))?;
    actor.require_all(&storage::roles::rights(tx, &user).await?)?;
    Ok(user)
}

/// Another built-in role.
pub(super) async fn give(
    tx: &Tx,
    actor: &Actor,
    tenant: &Tenant,
    id: UserId,
    role: BuiltInRole,
    now: OffsetDateTime,
) -> Result<(), Failure<Refusal>> {
    let before = find_below(tx, actor, tenant, id).await?;
    let after = User { role, updated_at: now, ..before.clone() };
    if is_owner(&before) && !is_owner(&after) {
        keep_an_owner(tx, actor, &before).await?;
    }
    storage::users::update(tx, &before, &after).await?;
    Ok(())
}

fn is_owner(user: &User) -> bool {
    user.role == BuiltInRole::Owner && user.is_active()
}

/// Nobody locks everybody out; the operator, who can make another owner, may have to.
async fn keep_an_owner(tx: &Tx, actor: &Actor, leaving: &User) -> Result<(), Failure<Refusal>> {
    if matches!(actor, Actor::Operator) {
        return Ok(());
    }
    match storage::users::has_other_owner(tx, &leaving.tenant, leaving.id).await? {
        true => Ok(()),
        false => Err(Refusal::conflict("this is the organization's last active owner").into()),
    }
}

fn check(user: &User) -> Result<(), Refusal> {
    let email = &user.email;
    let is_address =
        email.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.') && !domain.contains('@'));
    if !is_address || email.len() > 320 || email.chars().any(|character| character.is_whitespace() || character.is_control()) {
        return Err(Refusal::field("email", "must be an e-mail address"));
    }
    if let Some(username) = &user.username {
        let is_plain = !username.trim().is_empty()
            && username.len() <= 64
            && !username.contains('@')
            && !username.chars().any(char::is_control);
        if !is_plain {
            return Err(Refusal::field("username", "must be 1 to 64 characters without `@`"));
        }
    }
    let known = |name: &str| Scope::STANDARD_CLAIMS.iter().any(|(_, claims)| claims.contains(&name));
    for (name, value) in &user.claims {
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
    Ok(())
}

async fn hashed(app: &App, password: Option<&Secret>) -> Result<Option<Secret>, Failure<Refusal>> {
    let Some(password) = password else { return Ok(None) };
    if !(password::SHORTEST..=password::LONGEST).contains(&password.reveal().len()) {
        return Err(Refusal::field("password", "must have 8 to 1024 bytes").into());
    }
    match password::hash(app, password).await {
        Ok(hash) => Ok(Some(hash)),
        Err(Failure::Refused(_)) => Err(Fault::unavailable("every hashing worker is busy").into()),
        Err(Failure::Broken(fault)) => Err(fault.into()),
    }
}

/// Those of the tenant, by id.
pub async fn list(
    app: &App,
    actor: &Actor,
    tenant: &Tenant,
    filter: &UserFilter,
    slice: Slice,
) -> Result<Page<User>, Failure<Refusal>> {
    actor.require(Permission::UsersRead, tenant)?;
    let db = app.store.db();
    if let Some(name) = &filter.name {
        let found = by_login(&db, tenant, name).await?;
        let fits = |user: &User| filter.status.is_none_or(|status| user.status == status);
        return Ok(Page { data: found.into_iter().filter(fits).collect(), next: None });
    }
    let found = storage::users::list(&db, tenant, filter.status, slice.and_one()).await?;
    Ok(slice.page(found, |user| user.id.0))
}

/// Which users.
#[derive(Debug, Default, Clone, Deserialize)]
pub struct UserFilter {
    /// The one who signs in with this name: an e-mail address or a username.
    pub name: Option<String>,
    pub status: Option<UserStatus>,
}

/// By id, e-mail address or username.
pub async fn read(app: &App, actor: &Actor, tenant: &Tenant, name: &str) -> Result<User, Failure<Refusal>> {
    actor.require(Permission::UsersRead, tenant)?;
    let db = app.store.db();
    let found = match name.parse::<UserId>() {
        Ok(id) => storage::users::find(&db, tenant, id).await?,
        Err(_) => by_login(&db, tenant, name).await?,
    };
    found.ok_or_else(|| Refusal::NotFound("user").into())
}

async fn by_login(db: &Db, tenant: &Tenant, name: &str) -> Result<Option<User>, Fault> {
    match storage::users::find_by_login(db, tenant, name).await? {
        Some(found) => storage::users::find(db, tenant, found.user).await,
        None => Ok(None),
    }
}

/// For an operator, who may reach every tenant: an id alone is enough.
pub async fn find_anywhere(app: &App, id: UserId) -> Result<User, Failure<Refusal>> {
    storage::users::find_anywhere(&app.store.db(), id).await?.ok_or_else(|| Refusal::NotFound("user").into())
}

async fn end_everything(tx: &Tx, user: &User, reason: RevocationReason, now: OffsetDateTime) -> Result<(), Fault> {
    storage::sessions::end_of_user(tx, &user.tenant, user.id, now).await?;
    storage::grants::revoke_of_user(tx, &user.tenant, user.id, reason, now).await
}
