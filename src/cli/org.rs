//! `keyward org`: organizations.

use std::{fs, path::PathBuf};

use clap::Subcommand;

use crate::services::directory::organizations::{self, NewOrganization};

use super::{Settings, Stop, output};

#[derive(Debug, Subcommand)]
pub enum Org {
    /// Make an organization
    Create {
        /// What people are told that it is called
        #[arg(long)]
        name: String,
        /// Short name in URLs; made from the name unless given
        #[arg(long)]
        slug: Option<String>,
        /// Colour of buttons and links on its pages, like #2f5bd7
        #[arg(long, value_name = "COLOUR")]
        accent: Option<String>,
        /// PNG, JPEG or WebP picture
        #[arg(long, value_name = "FILE")]
        logo: Option<PathBuf>,
        /// Print JSON and nothing else
        #[arg(long)]
        json: bool,
    },
    /// All organizations
    List {
        /// Print JSON and nothing else
        #[arg(long)]
        json: bool,
    },
}

pub async fn run(settings: &Settings, command: Org) -> Result<(), Stop> {
    let app = settings.open().await?;
    match command {
        Org::Create { name, slug, accent, logo, json } => {
            let logo =
                logo.map(fs::read).transpose().map_err(|error| Stop::Failed(format!("the logo cannot be read: {error}")))?;
            let made = organizations::create(&app, NewOrganization { name, slug, accent, logo }, app.clock.now()).await?;
            output::print(json, &output::shown(organizations::view(&made)));
        }
        Org::List { json } => {
            let all: Vec<_> = organizations::list(&app).await?.iter().map(organizations::view).map(output::shown).collect();
            output::print_all(json, &all, &["slug", "name", "id", "createdAt"]);
        }
    }
    Ok(())
}
