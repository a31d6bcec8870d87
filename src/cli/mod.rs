//! The command line. Each command calls one operation and prints what came of it; logs go to standard error.

mod client;
mod config;
mod dev;
mod doctor;
mod healthcheck;
mod key;
mod migrate;
mod org;
mod output;
mod role;
mod serve;
mod signing_keys;
mod user;

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};

use crate::{
    app::{App, assemble::Schemas, clock::Clock, randomness::Randomness, telemetry, traces::Traces},
    config::{Config, Flags, Problems, environment::Environment},
    model::{
        fault::{Failure, Fault},
        tenant::{Environment as Data, Tenant},
    },
    services::{directory::organizations, refusal::Refusal},
};

#[derive(Debug, Parser)]
#[command(name = "keyward", version, about = "A standalone OAuth 2.0 and OpenID Connect authorization server.")]
struct Command {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Args)]
struct Settings {
    /// Configuration file (TOML); else KEYWARD_CONFIG, else ./keyward.toml
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Public URL of the server
    #[arg(long, global = true, value_name = "URL")]
    issuer: Option<String>,
    /// Address and port to listen on
    #[arg(long, global = true, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Folder of the SQLite file and the generated secrets
    #[arg(long, global = true, value_name = "FOLDER")]
    data_dir: Option<String>,
    /// sqlite://… or postgres://…
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Run the server
    ///
    /// Traces go by OTLP to where OTEL_EXPORTER_OTLP_ENDPOINT says.
    Serve,
    /// Run the server with everything made up for a first look
    Dev(dev::Dev),
    /// Organizations
    #[command(subcommand)]
    Org(org::Org),
    /// People who sign in
    #[command(subcommand)]
    User(user::User),
    /// Named sets of permissions
    #[command(subcommand)]
    Role(role::Role),
    /// OAuth clients
    #[command(subcommand)]
    Client(client::Client),
    /// API keys
    #[command(subcommand)]
    Key(key::Key),
    /// Signing keys of tokens
    #[command(subcommand)]
    SigningKeys(signing_keys::SigningKeys),
    /// The database's schema
    #[command(subcommand)]
    Migrate(migrate::Migrate),
    /// The configuration
    #[command(subcommand)]
    Config(config::Configuration),
    /// Check configuration, database and keys, one line each
    Doctor,
    /// Ask the running server whether it is well
    Healthcheck,
}

/// Why a command ended without doing its work.
#[derive(Debug)]
enum Stop {
    /// Exit status 1.
    Failed(String),
    /// Exit status 2.
    Usage(String),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Failed(fault.chain())
    }
}

impl From<Failure<Refusal>> for Stop {
    fn from(failure: Failure<Refusal>) -> Self {
        match failure {
            Failure::Refused(refusal) => Self::Failed(refusal.to_string()),
            Failure::Broken(fault) => fault.into(),
        }
    }
}

impl From<Problems> for Stop {
    fn from(problems: Problems) -> Self {
        Self::Failed(problems.to_string())
    }
}

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    let command = match Command::try_parse() {
        Ok(command) => command,
        // clap prints help and usage itself: 0 for help, 2 for wrong usage.
        Err(error) => error.exit(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let done = match runtime {
        Ok(runtime) => {
            let done = runtime.block_on(dispatch(command));
            // Not held up by the look-up of a name that nobody waits for any more.
            runtime.shutdown_background();
            telemetry::end_log();
            done
        }
        Err(error) => Err(Stop::Failed(format!("the runtime does not start: {error}"))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Stop::Failed(message)) => {
            output::complain(&message);
            ExitCode::from(1)
        }
        Err(Stop::Usage(message)) => {
            output::complain(&message);
            ExitCode::from(2)
        }
    }
}

async fn dispatch(command: Command) -> Result<(), Stop> {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let settings = &command.settings;
    match command.what {
        What::Serve => serve::run(settings).await,
        What::Dev(dev) => dev::run(settings, dev).await,
        What::Org(org) => org::run(settings, org).await,
        What::User(user) => user::run(settings, user).await,
        What::Role(role) => role::run(settings, role).await,
        What::Client(client) => client::run(settings, client).await,
        What::Key(key) => key::run(settings, key).await,
        What::SigningKeys(keys) => signing_keys::run(settings, keys).await,
        What::Migrate(migrate) => migrate::run(settings, migrate).await,
        What::Config(configuration) => config::run(settings, configuration),
        What::Doctor => doctor::run(settings).await,
        What::Healthcheck => healthcheck::run(settings).await,
    }
}

impl Settings {
    fn flags(&self) -> Flags {
        let named = [
            ("issuer", &self.issuer),
            ("listen", &self.listen),
            ("data_dir", &self.data_dir),
            ("database_url", &self.database_url),
        ];
        named.into_iter().filter_map(|(key, value)| Some((key, value.clone()?))).collect()
    }

    fn load(&self) -> Result<Config, Stop> {
        Ok(Config::load(self.config.clone(), &Environment::of_process(), self.flags())?)
    }

    /// The configuration in force, assembled for a command.
    async fn open(&self) -> Result<App, Stop> {
        let config = self.load()?;
        telemetry::start_log(&crate::config::log::Log { level: "warn".to_owned(), ..config.log.clone() }, &Traces::off());
        Ok(App::assemble(config, Clock::system(), Randomness::system(), Schemas::MakeNew).await?)
    }
}

/// Which organization, and which of its two sets of data.
#[derive(Debug, Args)]
struct InTenant {
    /// Slug or id of the organization
    #[arg(long, value_name = "SLUG")]
    org: String,
    /// live or test
    #[arg(long, default_value = "live")]
    environment: Data,
}

/// The same where an id says it already.
#[derive(Debug, Args)]
struct MaybeInTenant {
    /// Slug or id of the organization; not needed with an id
    #[arg(long, value_name = "SLUG")]
    org: Option<String>,
    /// live or test; live unless it is said
    #[arg(long, requires = "org")]
    environment: Option<Data>,
}

impl MaybeInTenant {
    async fn find(&self, app: &App) -> Result<Option<Tenant>, Stop> {
        match &self.org {
            None => Ok(None),
            Some(org) => {
                InTenant { org: org.clone(), environment: self.environment.unwrap_or(Data::Live) }.find(app).await.map(Some)
            }
        }
    }
}

impl InTenant {
    async fn find(&self, app: &App) -> Result<Tenant, Stop> {
        let organization = organizations::find(app, &self.org).await?;
        Ok(Tenant { organization: organization.id, environment: self.environment })
    }
}

/// The first line of standard input, for secrets.
fn secret_from_stdin(what: &str) -> Result<crate::model::secret::Secret, Stop> {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).map_err(|error| Stop::Failed(format!("standard input cannot be read: {error}")))?;
    let text = line.trim_end_matches(['\n', '\r']);
    if text.is_empty() {
        Err(Stop::Usage(format!("standard input must hold the {what}")))
    } else {
        Ok(crate::model::secret::Secret::new(text))
    }
}
