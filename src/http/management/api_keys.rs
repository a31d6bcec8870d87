//! `/v1/organizations/{org}/api-keys`.

use axum::response::Response;

use crate::{
    http::{
        management::{Asked, Body, Listing, Managing, done, found, made},
        problem::Problem,
    },
    model::page::Page,
    services::api_keys::manage::{self, ApiKeyChange, NewApiKey, Rotation, view, view_made},
};

pub async fn list(managing: Managing, Asked(query): Asked<Listing>) -> Result<Response, Problem> {
    let Managing { app, caller, .. } = &managing;
    let page = manage::list(app, &caller.actor, &caller.tenant, managing.slice("api-keys", &query)?).await?;
    managing.page("api-keys", Page { data: page.data.iter().map(view).collect(), next: page.next })
}

pub async fn create(managing: Managing, Body(new): Body<NewApiKey>) -> Result<Response, Problem> {
    let Managing { app, call, caller, .. } = &managing;
    let key = manage::create(app, &caller.actor, &caller.tenant, new, call.now).await?;
    Ok(made(managing.below(&format!("api-keys/{}", key.key.id)), view_made(&key)))
}

pub async fn read(managing: Managing) -> Result<Response, Problem> {
    let Managing { app, caller, .. } = &managing;
    Ok(found(view(&manage::read(app, &caller.actor, &caller.tenant, managing.id("key", "API key")?).await?)))
}

pub async fn update(managing: Managing, Body(change): Body<ApiKeyChange>) -> Result<Response, Problem> {
    let Managing { app, call, caller, .. } = &managing;
    let id = managing.id("key", "API key")?;
    Ok(found(view(&manage::update(app, &caller.actor, &caller.tenant, id, change, call.now).await?)))
}

pub async fn rotate(managing: Managing, Body(rotation): Body<Rotation>) -> Result<Response, Problem> {
    let Managing { app, call, caller, .. } = &managing;
    let id = managing.id("key", "API key")?;
    let key = manage::rotate(app, &caller.actor, &caller.tenant, id, rotation, call.now).await?;
    Ok(made(managing.below(&format!("api-keys/{id}")), view_made(&key)))
}

pub async fn revoke(managing: Managing) -> Result<Response, Problem> {
    let Managing { app, call, caller, .. } = &managing;
    manage::revoke(app, &caller.actor, &caller.tenant, managing.id("key", "API key")?, call.now).await?;
    Ok(done())
}
