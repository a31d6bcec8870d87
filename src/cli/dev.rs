//! `keyward dev`: the server with everything made up for a first look. Loopback only.

use clap::Args;
use serde_json::{Value, json};

use crate::{
    app::{App, assemble::Schemas, clock::Clock, randomness::Randomness, telemetry, traces::Traces},
    config::database::Database,
    http::{self, pages::dev_callback},
    jobs,
    model::fault::Fault,
    services::dev::{self, Begun, Facts},
};

use super::{Settings, Stop, output};

#[derive(Debug, Args)]
pub struct Dev {
    /// Print the same facts as one JSON object
    #[arg(long)]
    json: bool,
}

pub async fn run(settings: &Settings, command: Dev) -> Result<(), Stop> {
    let mut config = settings.load()?;
    if !config.listen.ip().is_loopback() || matches!(config.database, Database::Postgres { .. }) {
        return Err(Stop::Usage("`keyward dev` runs on a loopback address and a SQLite file only".to_owned()));
    }
    // What is refused, and what breaks: the rest would hide what is printed.
    if config.log.level == "info" {
        config.log.level = "warn,keyward::refusal=info".to_owned();
    }
    let traces = Traces::start(&config)?;
    telemetry::start_log(&config.log, &traces);
    let app = App::assemble(config, Clock::system(), Randomness::system(), Schemas::BringUp).await?;
    let facts = dev::furnish(&app).await?;
    tokio::spawn(jobs::run(app.clone()));
    let callback = dev_callback::Callback::new(facts.clone());
    let (extra, told) = (vec![callback.route(), callback.begin()], app.clone());
    let ready = move |_| {
        tokio::spawn(async move {
            if let Err(fault) = introduce(&told, &facts, &callback, command.json).await {
                output::complain(&fault.chain());
            }
        });
    };
    http::serve(app.clone(), extra, ready).await?;
    app.close().await?;
    traces.end().await;
    Ok(())
}

/// Says what was made up, once the server listens: the app configures itself from discovery.
async fn introduce(app: &App, facts: &Facts, callback: &dev_callback::Callback, is_json: bool) -> Result<(), Fault> {
    let begun = dev::begin(app, facts).await?;
    callback.expect(begun.clone());
    let story = story(app, facts, &begun);
    if is_json {
        output::say(&story.to_string());
    } else {
        output::say(&in_words(app, facts, &begun));
    }
    Ok(())
}

fn token_curl(app: &App, facts: &Facts) -> String {
    format!(
        "curl -u '{}:{}' -d grant_type=client_credentials {}",
        facts.client_id,
        facts.client_secret,
        app.config.issuer.at("/oauth/token")
    )
}

fn key_curl(app: &App, facts: &Facts) -> String {
    let key = facts.api_key.as_deref().unwrap_or_default();
    let url = app.config.issuer.at(&format!("/v1/organizations/{}/users", facts.organization));
    format!("curl -H 'Authorization: Bearer {key}' {url}")
}

fn story(app: &App, facts: &Facts, begun: &Begun) -> Value {
    json!({
        "issuer": app.config.issuer.as_str(),
        "organization": facts.organization,
        "user": { "username": facts.username, "email": facts.email, "password": facts.password },
        "client": { "client_id": facts.client_id, "client_secret": facts.client_secret, "redirect_uri": facts.redirect_uri },
        "api_key": facts.api_key,
        "authorization_url": begun.url,
        "curl": { "token": token_curl(app, facts), "api_key": key_curl(app, facts), "discovery": format!("curl {}", app.config.issuer.at("/.well-known/openid-configuration")) },
    })
}

fn in_words(app: &App, facts: &Facts, begun: &Begun) -> String {
    format!(
        "Keyward listens at {issuer}\n\n\
         Sign in: open {issuer} in a browser, as {username} with the password {password}\n\n\
         The same as a link, for one sign-in:\n  {url}\n\n\
         A first token:\n  {curl}\n\n\
         A first call with an API key:\n  {key_curl}\n\n\
         What the server can do:\n  curl {issuer}/.well-known/openid-configuration\n\n\
         Everything lies in {folder}; Ctrl-C ends it.",
        issuer = app.config.issuer,
        username = facts.username,
        password = facts.password,
        url = begun.url,
        curl = token_curl(app, facts),
        key_curl = key_curl(app, facts),
        folder = app.config.data_dir.display(),
    )
}
