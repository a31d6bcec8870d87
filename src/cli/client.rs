//! `keyward client`: OAuth clients.

use std::{fs, path::PathBuf};

use clap::{ArgAction, Args, Subcommand};
use serde_json::{Map, Value, json};
use time::Duration;

use crate::{
    app::App,
    model::{id::ClientId, tenant::Tenant},
    services::clients::manage::{self, Imported},
};

use super::{InTenant, MaybeInTenant, Settings, Stop, output, secret_from_stdin};

#[derive(Debug, Subcommand)]
pub enum Client {
    /// Register a client; its secret is shown this one time
    Create(Box<Create>),
    /// The clients of an organization
    List {
        #[command(flatten)]
        tenant: InTenant,
        /// Print JSON and nothing else
        #[arg(long)]
        json: bool,
    },
    /// Give a client a new secret
    RotateSecret {
        #[command(flatten)]
        tenant: MaybeInTenant,
        /// As `client list` shows it
        #[arg(allow_hyphen_values = true)]
        client_id: String,
        /// The old secret lives on for so long
        #[arg(long, default_value = "24h")]
        overlap: String,
        /// Print JSON and nothing else
        #[arg(long)]
        json: bool,
    },
    /// Delete a client, with every token it has
    Delete {
        #[command(flatten)]
        tenant: MaybeInTenant,
        /// As `client list` shows it
        #[arg(allow_hyphen_values = true)]
        client_id: String,
    },
}

#[derive(Debug, Args)]
pub struct Create {
    #[command(flatten)]
    tenant: InTenant,
    /// What people are told that it is called
    #[arg(long)]
    name: Option<String>,
    /// Where answers may go, byte for byte; may be repeated
    #[arg(long, action = ArgAction::Append, value_name = "URI")]
    redirect_uri: Vec<String>,
    /// Where a logout may lead; may be repeated
    #[arg(long, action = ArgAction::Append, value_name = "URI")]
    post_logout_redirect_uri: Vec<String>,
    /// authorization_code and refresh_token unless given, or client_credentials; may be repeated
    #[arg(long, action = ArgAction::Append, value_name = "GRANT")]
    grant_type: Vec<String>,
    /// code, the only one there is
    #[arg(long, action = ArgAction::Append, value_name = "TYPE")]
    response_type: Vec<String>,
    /// none, client_secret_basic, client_secret_post, client_secret_jwt or private_key_jwt
    #[arg(long, value_name = "METHOD")]
    auth_method: Option<String>,
    /// What the client may ask for, separated by blanks
    #[arg(long)]
    scope: Option<String>,
    /// JSON Web Key Set of the client's public keys
    #[arg(long, value_name = "FILE")]
    jwks: Option<PathBuf>,
    /// Client metadata as RFC 7591 JSON; flags win over it
    #[arg(long, value_name = "FILE")]
    metadata: Option<PathBuf>,
    /// The organization's own client: its users are not asked for consent
    #[arg(long)]
    first_party: bool,
    /// This client is an API with this identifier: it may introspect
    #[arg(long, value_name = "IDENTIFIER")]
    resource_server: Option<String>,
    /// Take over a client's identifier from elsewhere
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// Read the secret that goes with --client-id from standard input
    #[arg(long, requires = "client_id")]
    client_secret_stdin: bool,
    /// Print JSON and nothing else
    #[arg(long)]
    json: bool,
}

pub async fn run(settings: &Settings, command: Client) -> Result<(), Stop> {
    match command {
        Client::Create(create) => make(settings, *create).await,
        Client::List { tenant, json } => {
            let app = settings.open().await?;
            let all = manage::list(&app, &tenant.find(&app).await?).await?;
            let all: Vec<_> = all.iter().map(|one| output::client(&one.client, None)).collect();
            output::print_all(json, &all, &["client_id", "client_name", "grant_types", "redirect_uris", "scope"]);
            Ok(())
        }
        Client::RotateSecret { tenant, client_id, overlap, json } => {
            let overlap = humantime::parse_duration(&overlap).ok().and_then(|span| Duration::try_from(span).ok());
            let overlap = overlap.ok_or_else(|| Stop::Usage("--overlap must be a span such as 24h or 0s".to_owned()))?;
            let app = settings.open().await?;
            let tenant = tenant_of(&app, &tenant, &client_id).await?;
            let rotated = manage::rotate_secret(&app, &tenant, &ClientId(client_id), overlap, app.clock.now()).await?;
            let mut answer = output::client(&rotated.client, Some(&rotated.secret));
            if let (Some(members), Some(end)) = (answer.as_object_mut(), rotated.previous_end) {
                members.insert("previous_client_secret_expires_at".to_owned(), json!(end.unix_timestamp()));
            }
            output::print(json, &answer);
            app.close().await?;
            Ok(())
        }
        Client::Delete { tenant, client_id } => {
            let app = settings.open().await?;
            let tenant = tenant_of(&app, &tenant, &client_id).await?;
            manage::delete(&app, &tenant, &ClientId(client_id)).await?;
            app.close().await?;
            Ok(())
        }
    }
}

async fn tenant_of(app: &App, named: &MaybeInTenant, client_id: &str) -> Result<Tenant, Stop> {
    match named.find(app).await? {
        Some(tenant) => Ok(tenant),
        None => Ok(manage::tenant_of(app, &ClientId(client_id.to_owned())).await?),
    }
}

async fn make(settings: &Settings, create: Create) -> Result<(), Stop> {
    let document = document(&create)?;
    let imported = match &create.client_id {
        None => None,
        Some(id) => {
            let id = ClientId::import(id).map_err(|reason| Stop::Failed(format!("`client_id` {reason}")))?;
            let secret = create.client_secret_stdin.then(|| secret_from_stdin("client secret")).transpose()?;
            Some(Imported { id, secret })
        }
    };
    let app = settings.open().await?;
    let made = manage::create(&app, &create.tenant.find(&app).await?, document, imported, app.clock.now()).await?;
    output::print(create.json, &output::client(&made.client, made.secret.as_ref()));
    if made.secret.is_some() && !create.json {
        output::say("\nKeep the client_secret now: it is not shown again.");
    }
    Ok(())
}

/// The document of `--metadata` with what flags say over it.
fn document(create: &Create) -> Result<Map<String, Value>, Stop> {
    let mut document = create.metadata.as_ref().map(read_object).transpose()?.unwrap_or_default();
    let mut set = |name: &str, value: Value| drop(document.insert(name.to_owned(), value));
    for (name, list) in [
        ("redirect_uris", &create.redirect_uri),
        ("post_logout_redirect_uris", &create.post_logout_redirect_uri),
        ("grant_types", &create.grant_type),
        ("response_types", &create.response_type),
    ] {
        if !list.is_empty() {
            set(name, json!(list));
        }
    }
    for (name, text) in [
        ("client_name", &create.name),
        ("token_endpoint_auth_method", &create.auth_method),
        ("scope", &create.scope),
        ("resource_server", &create.resource_server),
    ] {
        if let Some(text) = text {
            set(name, json!(text));
        }
    }
    if let Some(path) = &create.jwks {
        set("jwks", Value::Object(read_object(path)?));
    }
    if create.first_party {
        set("first_party", json!(true));
    }
    // A client without redirects is a machine or an API: it has no code to exchange, unless it says so.
    let is_silent = !document.contains_key("grant_types") && !document.contains_key("redirect_uris");
    if is_silent && create.resource_server.is_some() {
        document.insert("grant_types".to_owned(), json!([]));
    }
    let has_code = document.get("grant_types").is_none_or(|grants| grants.to_string().contains("\"authorization_code\""));
    if !has_code && !document.contains_key("response_types") {
        document.insert("response_types".to_owned(), json!([]));
    }
    Ok(document)
}

fn read_object(path: &PathBuf) -> Result<Map<String, Value>, Stop> {
    let text = fs::read_to_string(path).map_err(|error| Stop::Failed(format!("{} cannot be read: {error}", path.display())))?;
    serde_json::from_str(&text).map_err(|error| Stop::Failed(format!("{} is not a JSON object: {error}", path.display())))
}
