//! `keyward role`: named sets of permissions.

use clap::Subcommand;

use crate::{
    model::{actor::Actor, page::Slice},
    services::directory::{
        roles::{self, NewRole},
        users,
    },
};

use super::{InTenant, Settings, Stop, output};

#[derive(Debug, Subcommand)]
pub enum Role {
    /// Make a role
    Create {
        #[command(flatten)]
        tenant: InTenant,
        /// Unique in the organization
        #[arg(long)]
        name: String,
        /// What it allows, like users:read; may be given several times
        #[arg(long = "permission", required = true)]
        permissions: Vec<String>,
        /// Print JSON and nothing else
        #[arg(long)]
        json: bool,
    },
    /// The roles of an organization, built-in ones first
    List {
        #[command(flatten)]
        tenant: InTenant,
        /// Print JSON and nothing else
        #[arg(long)]
        json: bool,
    },
    /// Give a user a role: one that was made, beside what they have, or a built-in one in place of the one before
    Assign {
        #[command(flatten)]
        tenant: InTenant,
        /// Id, e-mail address or username
        #[arg(long)]
        user: String,
        /// Name or id
        #[arg(long)]
        role: String,
    },
}

pub async fn run(settings: &Settings, command: Role) -> Result<(), Stop> {
    let app = settings.open().await?;
    let (now, operator) = (app.clock.now(), Actor::Operator);
    match command {
        Role::Create { tenant, name, permissions, json } => {
            let made = roles::create(&app, &operator, &tenant.find(&app).await?, NewRole { name, permissions }, now).await?;
            output::print(json, &output::shown(roles::view(&made)));
        }
        Role::List { tenant, json } => {
            let all = roles::list(&app, &operator, &tenant.find(&app).await?, Slice::ALL).await?.data;
            let all: Vec<_> = all.into_iter().map(output::shown).collect();
            output::print_all(json, &all, &["id", "name", "permissions"]);
        }
        Role::Assign { tenant, user, role } => {
            let tenant = tenant.find(&app).await?;
            let user = users::read(&app, &operator, &tenant, &user).await?;
            let role = roles::read(&app, &operator, &tenant, &role).await?;
            roles::assign(&app, &operator, &tenant, user.id, role.id, now).await?;
        }
    }
    Ok(app.close().await?)
}
