//! `/v1/organizations/{org}/roles`.

use axum::response::Response;

use crate::{
    http::{
        management::{Asked, Body, Listing, Managing, done, found, made},
        problem::Problem,
    },
    model::id::RoleId,
    services::directory::roles::{self, NewRole, RoleChange, view},
};

pub async fn list(managing: Managing, Asked(query): Asked<Listing>) -> Result<Response, Problem> {
    let Managing { app, caller, .. } = &managing;
    let page = roles::list(app, &caller.actor, &caller.tenant, managing.slice("roles", &query)?).await?;
    managing.page("roles", page)
}

pub async fn create(managing: Managing, Body(new): Body<NewRole>) -> Result<Response, Problem> {
    let Managing { app, call, caller, .. } = &managing;
    let role = roles::create(app, &caller.actor, &caller.tenant, new, call.now).await?;
    Ok(made(managing.below(&format!("roles/{}", role.id)), view(&role)))
}

pub async fn read(managing: Managing) -> Result<Response, Problem> {
    let Managing { app, caller, .. } = &managing;
    let id: RoleId = managing.id("role", "role")?;
    Ok(found(roles::read(app, &caller.actor, &caller.tenant, &id.to_string()).await?))
}

pub async fn update(managing: Managing, Body(change): Body<RoleChange>) -> Result<Response, Problem> {
    let Managing { app, call, caller, .. } = &managing;
    let id = managing.id("role", "role")?;
    Ok(found(view(&roles::update(app, &caller.actor, &caller.tenant, id, change, call.now).await?)))
}

pub async fn delete(managing: Managing) -> Result<Response, Problem> {
    let Managing { app, caller, .. } = &managing;
    roles::delete(app, &caller.actor, &caller.tenant, managing.id("role", "role")?).await?;
    Ok(done())
}
