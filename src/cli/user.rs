//! `keyward user`: people who sign in.

use std::{fs, path::PathBuf};

use clap::Subcommand;
use serde_json::{Map, Value};

use crate::{
    app::App,
    model::{
        actor::Actor,
        page::Slice,
        role::BuiltInRole,
        user::{User as Record, UserStatus},
    },
    services::directory::users::{self, NewUser, UserChange, UserFilter},
};

use super::{InTenant, MaybeInTenant, Settings, Stop, output, secret_from_stdin};

#[derive(Debug, Subcommand)]
pub enum User {
    /// Make a user
    Create {
        #[command(flatten)]
        tenant: InTenant,
        /// E-mail address: one of the two names to sign in with
        #[arg(long)]
        email: String,
        /// The other name to sign in with
        #[arg(long)]
        username: Option<String>,
        /// Full name
        #[arg(long)]
        name: Option<String>,
        /// owner, admin or member
        #[arg(long, default_value = "member")]
        role: BuiltInRole,
        /// The address is known to be theirs
        #[arg(long)]
        email_verified: bool,
        /// JSON object of OpenID Connect standard claims
        #[arg(long, value_name = "FILE")]
        claims: Option<PathBuf>,
        /// Read the password from the first line of standard input
        #[arg(long, required = true)]
        password_stdin: bool,
        /// Print JSON and nothing else
        #[arg(long)]
        json: bool,
    },
    /// The people of an organization
    List {
        #[command(flatten)]
        tenant: InTenant,
        /// Print JSON and nothing else
        #[arg(long)]
        json: bool,
    },
    /// Give a user another password; every session and token ends
    Password {
        #[command(flatten)]
        tenant: MaybeInTenant,
        /// Id, e-mail address or username
        user: String,
        /// Read the password from the first line of standard input
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// Close an account; every session and token ends
    Disable {
        #[command(flatten)]
        tenant: MaybeInTenant,
        /// Id, e-mail address or username
        user: String,
    },
    /// Open a closed account again
    Enable {
        #[command(flatten)]
        tenant: MaybeInTenant,
        /// Id, e-mail address or username
        user: String,
    },
}

pub async fn run(settings: &Settings, command: User) -> Result<(), Stop> {
    let app = settings.open().await?;
    let now = app.clock.now();
    match command {
        User::Create { tenant, email, username, name, role, email_verified, claims, password_stdin: _, json } => {
            let new = NewUser {
                email,
                is_email_verified: email_verified,
                username,
                name,
                role,
                claims: claims.map(read_claims).transpose()?.unwrap_or_default(),
                password: Some(secret_from_stdin("password")?),
            };
            let made = users::create(&app, &Actor::Operator, &tenant.find(&app).await?, new, now).await?;
            output::print(json, &output::shown(users::view(&made, Vec::new())));
        }
        User::List { tenant, json } => {
            let tenant = tenant.find(&app).await?;
            let mut all = users::list(&app, &Actor::Operator, &tenant, &UserFilter::default(), Slice::ALL).await?.data;
            all.sort_by(|one, other| one.email.cmp(&other.email));
            let all: Vec<_> = users::views(&app, &tenant, &all).await?.into_iter().map(output::shown).collect();
            output::print_all(json, &all, &["id", "username", "email", "name", "role", "status"]);
        }
        User::Password { tenant, user, password_stdin: _ } => {
            let change = UserChange { password: Some(secret_from_stdin("password")?), ..UserChange::default() };
            update(&app, &find(&app, &tenant, &user).await?, change).await?;
        }
        User::Disable { tenant, user } => {
            let change = UserChange { status: Some(UserStatus::Disabled), ..UserChange::default() };
            update(&app, &find(&app, &tenant, &user).await?, change).await?;
        }
        User::Enable { tenant, user } => {
            let change = UserChange { status: Some(UserStatus::Active), ..UserChange::default() };
            update(&app, &find(&app, &tenant, &user).await?, change).await?;
        }
    }
    Ok(app.close().await?)
}

async fn update(app: &App, user: &Record, change: UserChange) -> Result<(), Stop> {
    users::update(app, &Actor::Operator, &user.tenant, user.id, change, app.clock.now()).await?;
    Ok(())
}

async fn find(app: &App, tenant: &MaybeInTenant, name: &str) -> Result<Record, Stop> {
    match tenant.find(app).await? {
        Some(tenant) => Ok(users::read(app, &Actor::Operator, &tenant, name).await?),
        None => match name.parse() {
            Ok(id) => Ok(users::find_anywhere(app, id).await?),
            Err(_) => Err(Stop::Usage("--org is needed unless the user is named by id".to_owned())),
        },
    }
}

fn read_claims(path: PathBuf) -> Result<Map<String, Value>, Stop> {
    let text = fs::read_to_string(&path).map_err(|error| Stop::Failed(format!("{} cannot be read: {error}", path.display())))?;
    serde_json::from_str(&text).map_err(|error| Stop::Failed(format!("{} is not a JSON object: {error}", path.display())))
}
