//! `/v1/organizations/{org}/users`.

use axum::response::Response;
use serde::Deserialize;

use crate::{
    http::{
        management::{Asked, Body, Listing, Managing, done, found, made},
        problem::Problem,
    },
    model::{
        id::{RoleId, UserId},
        page::Page,
        user::{User, UserStatus},
    },
    services::directory::{
        roles,
        users::{self, NewUser, UserChange, UserFilter, UserView},
    },
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    #[serde(default = "super::usual")]
    limit: u8,
    cursor: Option<String>,
    name: Option<String>,
    status: Option<UserStatus>,
}

pub async fn list(managing: Managing, Asked(query): Asked<Query>) -> Result<Response, Problem> {
    let Managing { app, caller, .. } = &managing;
    let slice = managing.slice("users", &Listing { limit: query.limit, cursor: query.cursor })?;
    let filter = UserFilter { name: query.name, status: query.status };
    let page = users::list(app, &caller.actor, &caller.tenant, &filter, slice).await?;
    let data = users::views(app, &caller.tenant, &page.data).await?;
    managing.page("users", Page { data, next: page.next })
}

pub async fn create(managing: Managing, Body(new): Body<NewUser>) -> Result<Response, Problem> {
    let Managing { app, call, caller, .. } = &managing;
    let user = users::create(app, &caller.actor, &caller.tenant, new, call.now).await?;
    Ok(made(managing.below(&format!("users/{}", user.id)), users::view(&user, Vec::new())))
}

pub async fn read(managing: Managing) -> Result<Response, Problem> {
    let Managing { app, caller, .. } = &managing;
    let id: UserId = managing.id("user", "user")?;
    let user = users::read(app, &caller.actor, &caller.tenant, &id.to_string()).await?;
    Ok(found(view(&managing, user).await?))
}

pub async fn update(managing: Managing, Body(change): Body<UserChange>) -> Result<Response, Problem> {
    let Managing { app, call, caller, .. } = &managing;
    let id = managing.id("user", "user")?;
    let user = users::update(app, &caller.actor, &caller.tenant, id, change, call.now).await?;
    Ok(found(view(&managing, user).await?))
}

pub async fn delete(managing: Managing) -> Result<Response, Problem> {
    let Managing { app, call, caller, .. } = &managing;
    users::delete(app, &caller.actor, &caller.tenant, managing.id("user", "user")?, call.now).await?;
    Ok(done())
}

pub async fn assign(managing: Managing) -> Result<Response, Problem> {
    let Managing { app, call, caller, .. } = &managing;
    let (user, role): (UserId, RoleId) = (managing.id("user", "user")?, managing.id("role", "role")?);
    roles::assign(app, &caller.actor, &caller.tenant, user, role, call.now).await?;
    Ok(done())
}

pub async fn unassign(managing: Managing) -> Result<Response, Problem> {
    let Managing { app, caller, .. } = &managing;
    let (user, role): (UserId, RoleId) = (managing.id("user", "user")?, managing.id("role", "role")?);
    roles::unassign(app, &caller.actor, &caller.tenant, user, role).await?;
    Ok(done())
}

async fn view(managing: &Managing, user: User) -> Result<UserView, Problem> {
    let mut views = users::views(&managing.app, &managing.caller.tenant, std::slice::from_ref(&user)).await?;
    Ok(views.pop().unwrap_or_else(|| users::view(&user, Vec::new())))
}
