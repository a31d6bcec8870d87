//! The made-up world of `keyward dev`: an organization, a person, an app, and the app's own side of a sign-in.

use std::{fs, path::Path};

use serde::{Deserialize, Serialize};
use serde_json::json;
use time::OffsetDateTime;

use crate::{
    app::{App, master_key::write_private},
    model::{
        actor::Actor,
        fault::{Failure, Fault},
        id::ClientId,
        permission::Permission,
        role::BuiltInRole,
        secret::Secret,
        tenant::{Environment, Tenant},
    },
    outbound::relying_party::{self, Registration},
    protocol::endpoints,
};

pub use crate::outbound::relying_party::{Begun, SignedIn};

use super::{
    api_keys::{self, manage::NewApiKey},
    clients::manage,
    directory::{
        organizations::{self, NewOrganization},
        users::{self, NewUser, UserChange},
    },
    refusal::Refusal,
};

const ORGANIZATION: &str = "acme";
const USERNAME: &str = "ada";
const EMAIL: &str = "ada@acme.example";
const SCOPE: &[&str] = &["openid", "profile", "email", "offline_access"];

/// What was made up, secrets included: kept in `dev.json`, mode 0600, so that a second start finds it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Facts {
    pub organization: String,
    pub username: String,
    pub email: String,
    pub password: String,
    pub client_id: String,
    pub client_secret: String,
    pub redirect_uri: String,
    /// Of the organization, with every permission. A folder from before there were keys gets one.
    #[serde(default)]
    pub api_key: Option<String>,
}

/// Makes what is missing; a start under another address finds the rest again, with the app registered anew.
pub async fn furnish(app: &App) -> Result<Facts, Fault> {
    let file = app.config.data_dir.join("dev.json");
    let redirect_uri = app.config.issuer.at(endpoints::DEV_CALLBACK);
    let known = read(&file)?;
    if let Some(facts) = &known
        && facts.redirect_uri == redirect_uri
        && facts.api_key.is_some()
    {
        return Ok(facts.clone());
    }
    let facts = make(app, known, redirect_uri).await.map_err(|failure| match failure {
        Failure::Broken(fault) => fault,
        Failure::Refused(refusal) => Fault::new(refusal.to_string()),
    })?;
    let text = serde_json::to_string_pretty(&facts).map_err(|error| Fault::while_doing("write dev.json", error))?;
    let _ = fs::remove_file(&file);
    write_private(&file, &text)?;
    Ok(facts)
}

fn read(file: &Path) -> Result<Option<Facts>, Fault> {
    if !file.exists() {
        return Ok(None);
    }
    let text = fs::read_to_string(file).map_err(|error| Fault::while_doing("read dev.json", error))?;
    serde_json::from_str(&text).map(Some).map_err(|error| Fault::while_doing("read dev.json", error))
}

async fn make(app: &App, known: Option<Facts>, redirect_uri: String) -> Result<Facts, Failure<Refusal>> {
    let now = app.clock.now();
    let tenant = organization(app, now).await?;
    let (password, api_key) = match known {
        Some(facts) => {
            manage::delete(app, &tenant, &ClientId(facts.client_id)).await?;
            (facts.password, facts.api_key)
        }
        None => (person(app, &tenant, now).await?, None),
    };
    let api_key = match api_key {
        Some(api_key) => api_key,
        None => key(app, &tenant, now).await?,
    };
    let document = json!({
        "client_name": "Example Reports",
        "redirect_uris": [redirect_uri],
        "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
        "scope": format!("{} phone address reports:read", SCOPE.join(" ")),
    });
    let made = manage::create(app, &tenant, document.as_object().cloned().unwrap_or_default(), None, now).await?;
    Ok(Facts {
        organization: ORGANIZATION.to_owned(),
        username: USERNAME.to_owned(),
        email: EMAIL.to_owned(),
        password,
        client_id: made.client.id.to_string(),
        client_secret: made.secret.map(|secret| secret.reveal().to_owned()).unwrap_or_default(),
        redirect_uri,
        api_key: Some(api_key),
    })
}

async fn key(app: &App, tenant: &Tenant, now: OffsetDateTime) -> Result<String, Failure<Refusal>> {
    let permissions = Permission::ALL.iter().map(ToString::to_string).collect();
    let new = NewApiKey { name: "A first look".to_owned(), permissions, ..NewApiKey::default() };
    let made = api_keys::manage::create(app, &Actor::Operator, tenant, new, now).await?;
    Ok(made.credential.reveal().to_owned())
}

async fn organization(app: &App, now: OffsetDateTime) -> Result<Tenant, Failure<Refusal>> {
    let organization = match organizations::find(app, ORGANIZATION).await {
        Err(Failure::Refused(_)) => {
            let new = NewOrganization { name: "Acme".to_owned(), slug: Some(ORGANIZATION.to_owned()), accent: None, logo: None };
            organizations::create(app, new, now).await?
        }
        found => found?,
    };
    Ok(Tenant { organization: organization.id, environment: Environment::Live })
}

/// The password of the person, new even where the person is there already: nobody can know the old one any more.
async fn person(app: &App, tenant: &Tenant, now: OffsetDateTime) -> Result<String, Failure<Refusal>> {
    let password = crate::model::id::encode(app.randomness.uuid_v4());
    match users::read(app, &Actor::Operator, tenant, USERNAME).await {
        Err(Failure::Refused(_)) => {
            let claims =
                json!({ "given_name": "Ada", "family_name": "Lovelace", "locale": "en-GB", "zoneinfo": "Europe/London" });
            let new = NewUser {
                email: EMAIL.to_owned(),
                is_email_verified: true,
                username: Some(USERNAME.to_owned()),
                name: Some("Ada Lovelace".to_owned()),
                role: BuiltInRole::Owner,
                claims: claims.as_object().cloned().unwrap_or_default(),
                password: Some(Secret::new(password.as_str())),
            };
            users::create(app, &Actor::Operator, tenant, new, now).await?;
        }
        found => {
            let user = found?;
            if user.email != EMAIL {
                return Err(Refusal::conflict(
                    "this data folder holds somebody's own data; give `keyward dev` another: --data-dir",
                )
                .into());
            }
            let change = UserChange { password: Some(Secret::new(password.as_str())), ..UserChange::default() };
            users::update(app, &Actor::Operator, tenant, user.id, change, now).await?;
        }
    }
    Ok(password)
}

fn registration(app: &App, facts: &Facts) -> Registration {
    Registration {
        issuer: app.config.issuer.to_string(),
        client_id: facts.client_id.clone(),
        client_secret: Secret::new(facts.client_secret.as_str()),
        redirect_uri: facts.redirect_uri.clone(),
        scope: SCOPE.iter().map(|scope| (*scope).to_owned()).collect(),
    }
}

/// A sign-in to begin: the server must be listening.
pub async fn begin(app: &App, facts: &Facts) -> Result<Begun, Fault> {
    relying_party::begin(&registration(app, facts)).await
}

/// What came back, once validated.
pub async fn finish(app: &App, facts: &Facts, begun: &Begun, code: &str) -> Result<SignedIn, Fault> {
    relying_party::finish(&registration(app, facts), begun, code).await
}
