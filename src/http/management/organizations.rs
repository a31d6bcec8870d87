//! `/v1/organizations`.

use axum::response::Response;

use crate::{
    http::{
        management::{Body, Managing, found},
        problem::Problem,
    },
    model::page::Page,
    services::directory::organizations::{self, OrganizationChange, view},
};

/// Those that the caller belongs to: one.
pub async fn list(managing: Managing) -> Result<Response, Problem> {
    let own = organizations::read(&managing.app, &managing.caller.actor, managing.caller.tenant.organization).await?;
    managing.page("organizations", Page { data: vec![view(&own)], next: None })
}

pub async fn read(managing: Managing) -> Result<Response, Problem> {
    let own = organizations::read(&managing.app, &managing.caller.actor, managing.caller.tenant.organization).await?;
    Ok(found(view(&own)))
}

pub async fn update(managing: Managing, Body(change): Body<OrganizationChange>) -> Result<Response, Problem> {
    let Managing { app, call, caller, .. } = &managing;
    let updated = organizations::update(app, &caller.actor, caller.tenant.organization, change, call.now).await?;
    Ok(found(view(&updated)))
}
