//! Who presents a credential to the management API, and what they may do at this moment.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use crate::{
    app::{App, call::Call},
    model::{
        actor::{Actor, Holder, Who},
        api_key::{self, ApiKeyType, KnownApiKey},
        fault::Failure,
        id::{OrganizationId, UserId},
        instant,
        scope::Scope,
        tenant::{Environment, Tenant},
        user::User,
    },
    services::{api_keys::authenticate, directory::organizations, refusal::Refusal, token::live},
    storage,
};

/// Who was proven.
#[derive(Debug)]
pub struct Caller {
    pub actor: Actor,
    pub tenant: Tenant,
    proof: Proof,
}

#[derive(Debug)]
enum Proof {
    /// A user, and what they let the client know and do.
    Token(Box<User>, Scope),
    Key(Arc<KnownApiKey>),
}

/// By an API key, or by an access token of a user for this API or for the issuer.
pub async fn identify(app: &App, call: &Call, credential: &str) -> Result<Caller, Failure<Refusal>> {
    let (who, tenant, permissions, proof) = match api_key::looks_like_one(credential) {
        true => by_key(app, call, credential).await?,
        false => by_token(app, call, credential).await?,
    };
    Ok(Caller { actor: Actor::Holder(Holder { who, tenant, permissions }), tenant, proof })
}

type Proven = (Who, Tenant, Scope, Proof);

/// Keys for provisioning open nothing here.
async fn by_key(app: &App, call: &Call, credential: &str) -> Result<Proven, Failure<Refusal>> {
    let authenticate::Proven { known, permissions } = authenticate::prove(app, call, credential).await?;
    let key = &known.key;
    if key.kind != ApiKeyType::Api {
        return Err(Refusal::Unauthenticated("api_key.other_type").into());
    }
    Ok((Who::Key { id: key.id, owner: key.owner }, key.tenant, permissions, Proof::Key(known)))
}

/// A token's permissions count for this API only, and no further than the user's.
async fn by_token(app: &App, call: &Call, credential: &str) -> Result<Proven, Failure<Refusal>> {
    let unknown = |reason| Failure::Refused(Refusal::Unauthenticated(reason));
    let token = live::read(app, call, credential).await?.ok_or_else(|| unknown("token.inactive"))?;
    let is_for_api = token.audience.contains(&app.config.issuer.management_api());
    if !is_for_api && !token.audience.contains(app.config.issuer.as_str()) {
        return Err(unknown("token.other_audience"));
    }
    let Some(holder) = token.user else { return Err(unknown("token.no_user")) };
    let (user, _) = *holder;
    let permissions = match is_for_api {
        true => token.scope.within(&storage::roles::rights(&app.store.db(), &user).await?),
        false => Scope::default(),
    };
    let who = Who::User { id: user.id, client_id: token.client_id };
    Ok((who, user.tenant, permissions, Proof::Token(Box::new(user), token.scope)))
}

/// Whom a credential acts for, and what it may do. Of a person as much as they let the client know.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AboutCaller {
    /// Of the user, or of the key.
    pub id: String,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub organization: Option<Named>,
    pub environment: Option<Environment>,
    pub permissions: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(rename = "emailVerified", skip_serializing_if = "Option::is_none")]
    pub is_email_verified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whose the key is, unless it is the organization's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct Named {
    pub id: OrganizationId,
    pub slug: String,
    pub name: String,
}

pub async fn about(app: &App, caller: &Caller) -> Result<AboutCaller, Failure<Refusal>> {
    let organization = organizations::of(app, caller.tenant.organization).await?.ok_or(Refusal::NotFound("organization"))?;
    let permissions = caller.actor.holder().map(|holder| holder.permissions.iter().map(str::to_owned).collect());
    let about = AboutCaller {
        organization: Some(Named { id: organization.id, slug: organization.slug.clone(), name: organization.name.clone() }),
        environment: Some(caller.tenant.environment),
        permissions: permissions.unwrap_or_default(),
        ..AboutCaller::default()
    };
    Ok(match &caller.proof {
        Proof::Key(known) => AboutCaller {
            id: known.key.id.to_string(),
            kind: "api_key",
            name: Some(known.key.name.clone()),
            owner: known.key.owner,
            expires_at: Some(instant::text(known.key.expires_at)),
            ..about
        },
        Proof::Token(user, scope) => {
            let (knows_address, knows_person) = (scope.contains("email"), scope.contains("profile"));
            AboutCaller {
                id: user.id.to_string(),
                kind: "user",
                scope: Some(scope.to_string()),
                email: knows_address.then(|| user.email.clone()),
                is_email_verified: knows_address.then_some(user.is_email_verified),
                username: user.username.clone().filter(|_| knows_person),
                name: user.claims.get("name").and_then(Value::as_str).filter(|_| knows_person).map(str::to_owned),
                ..about
            }
        }
    })
}
