//! `keyward key`: API keys.

use clap::Subcommand;

use crate::{
    model::{actor::Actor, api_key::ApiKeyType, fault::Failure, id::ApiKeyId, page::Slice},
    services::{
        api_keys::manage::{self, NewApiKey, Rotation},
        directory::users,
        refusal::Refusal,
    },
};

use super::{InTenant, Settings, Stop, output};

#[derive(Debug, Subcommand)]
pub enum Key {
    /// Make a key; it is shown once
    Create {
        #[command(flatten)]
        tenant: InTenant,
        /// What it is for
        #[arg(long)]
        name: String,
        /// What it may do, like users:read; may be given several times
        #[arg(long = "permission")]
        permissions: Vec<String>,
        /// How long it lives, like 365d, 12h or 6mo; 365 days at most, and unless it is said
        #[arg(long, value_name = "SPAN")]
        expires_in: Option<String>,
        /// api, or scim for provisioning
        #[arg(long = "type", default_value = "api")]
        kind: ApiKeyType,
        /// From where it may be used, like 192.0.2.0/24; may be given several times
        #[arg(long = "allow-ip", value_name = "NETWORK")]
        allowed_ips: Vec<String>,
        /// Whose rights bound it: id, e-mail address or username; the organization's unless it is said
        #[arg(long)]
        owner: Option<String>,
        /// Print JSON and nothing else
        #[arg(long)]
        json: bool,
    },
    /// The keys of an organization, revoked ones too
    List {
        #[command(flatten)]
        tenant: InTenant,
        /// Print JSON and nothing else
        #[arg(long)]
        json: bool,
    },
    /// Give a key another secret; it is shown once
    Rotate {
        #[command(flatten)]
        tenant: InTenant,
        /// Id of the key
        key: String,
        /// So long the old secret stays good; 0s ends it at once
        #[arg(long, value_name = "SPAN", default_value = "24h")]
        overlap: String,
        /// Print JSON and nothing else
        #[arg(long)]
        json: bool,
    },
    /// End a key at once
    Revoke {
        #[command(flatten)]
        tenant: InTenant,
        /// Id of the key
        key: String,
    },
}

pub async fn run(settings: &Settings, command: Key) -> Result<(), Stop> {
    let app = settings.open().await?;
    let (now, operator) = (app.clock.now(), Actor::Operator);
    match command {
        Key::Create { tenant, name, permissions, expires_in, kind, allowed_ips, owner, json } => {
            let tenant = tenant.find(&app).await?;
            let owner = match owner {
                Some(owner) => Some(users::read(&app, &operator, &tenant, &owner).await?.id),
                None => None,
            };
            let new = NewApiKey { name, permissions, kind: Some(kind), expires_in, expires_at: None, allowed_ips, owner };
            let made = manage::create(&app, &operator, &tenant, new, now).await?;
            output::print(json, &output::shown(manage::view_made(&made)));
        }
        Key::List { tenant, json } => {
            let all = manage::list(&app, &operator, &tenant.find(&app).await?, Slice::ALL).await?.data;
            let all: Vec<_> = all.iter().map(manage::view).map(output::shown).collect();
            output::print_all(json, &all, &["id", "name", "type", "permissions", "expiresAt", "revokedAt"]);
        }
        Key::Rotate { tenant, key, overlap, json } => {
            let (tenant, rotation) = (tenant.find(&app).await?, Rotation { overlap: Some(overlap) });
            let made = manage::rotate(&app, &operator, &tenant, id(&key)?, rotation, now).await?;
            output::print(json, &output::shown(manage::view_made(&made)));
        }
        Key::Revoke { tenant, key } => {
            manage::revoke(&app, &operator, &tenant.find(&app).await?, id(&key)?, now).await?;
        }
    }
    Ok(app.close().await?)
}

fn id(text: &str) -> Result<ApiKeyId, Stop> {
    text.parse().map_err(|_| Failure::Refused(Refusal::NotFound("API key")).into())
}
