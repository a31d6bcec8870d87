//! Who presents a credential to the management API, and what they may do at this moment.

use serde::Serialize;
use serde_json::Value;

use crate::{
    app::{App, call::Call},
    model::{
        actor::Actor,
        fault::{Failure, Fault},
        id::{OrganizationId, UserId},
        scope::Scope,
        tenant::{Environment, Tenant},
        user::User,
    },
    services::{directory::organizations, refusal::Refusal, token::live},
    storage::{self, Db},
};

/// Who was proven, with all that may be told them about themselves.
#[derive(Debug)]
pub struct Caller {
    pub actor: Actor,
    pub tenant: Tenant,
    pub user: User,
    /// What the user let the client know and do.
    pub scope: Scope,
}

/// An access token of a user, for this API or for the issuer. Its permissions count for this API only, and no further than the user's.
pub async fn identify(app: &App, call: &Call, credential: &str) -> Result<Caller, Failure<Refusal>> {
    let unknown = |reason| Failure::Refused(Refusal::Unauthenticated(reason));
    let token = live::read(app, call, credential).await?.ok_or_else(|| unknown("token.inactive"))?;
    let is_for_api = token.audience.contains(&app.config.issuer.management_api());
    if !is_for_api && !token.audience.contains(app.config.issuer.as_str()) {
        return Err(unknown("token.other_audience"));
    }
    let Some(holder) = token.user else { return Err(unknown("token.no_user")) };
    let (user, _) = *holder;
    let permissions = match is_for_api {
        true => token.scope.within(&rights(&app.store.db(), &user).await?),
        false => Scope::default(),
    };
    let actor = Actor::User { id: user.id, tenant: user.tenant, client_id: token.client_id, permissions };
    Ok(Caller { actor, tenant: user.tenant, user, scope: token.scope })
}

/// What a user may do: by the built-in role, and by those assigned.
pub async fn rights(db: &Db, user: &User) -> Result<Scope, Fault> {
    let own = user.role.permissions();
    let assigned = storage::roles::of_user(db, &user.tenant, user.id).await?;
    let all = own.union(&storage::roles::permissions(&assigned));
    Ok(if user.is_active() { all } else { Scope::default() })
}

/// Whom a credential acts for, and what it may do. Of the person as much as the user let the client know.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AboutCaller {
    pub id: UserId,
    pub organization: Named,
    pub environment: Environment,
    pub permissions: Vec<String>,
    pub scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(rename = "emailVerified", skip_serializing_if = "Option::is_none")]
    pub is_email_verified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct Named {
    pub id: OrganizationId,
    pub slug: String,
    pub name: String,
}

pub async fn about(app: &App, caller: &Caller) -> Result<AboutCaller, Failure<Refusal>> {
    let Caller { actor, tenant, user, scope } = caller;
    let organization = organizations::of(app, tenant.organization).await?.ok_or(Refusal::NotFound("organization"))?;
    let permissions = match actor {
        Actor::User { permissions, .. } => permissions.iter().map(str::to_owned).collect(),
        Actor::Operator => Vec::new(),
    };
    let (knows_address, knows_person) = (scope.contains("email"), scope.contains("profile"));
    Ok(AboutCaller {
        id: user.id,
        organization: Named { id: organization.id, slug: organization.slug.clone(), name: organization.name.clone() },
        environment: tenant.environment,
        permissions,
        scope: scope.to_string(),
        email: knows_address.then(|| user.email.clone()),
        is_email_verified: knows_address.then_some(user.is_email_verified),
        username: user.username.clone().filter(|_| knows_person),
        name: user.claims.get("name").and_then(Value::as_str).filter(|_| knows_person).map(str::to_owned),
    })
}
