//! `keyward migrate`: the database's schema.

use clap::Subcommand;

use crate::services::database;

use super::{Settings, Stop, output};

#[derive(Debug, Subcommand)]
pub enum Migrate {
    /// Bring the schema up to this version's
    Up,
    /// Take the last steps back
    Down {
        #[arg(long, default_value_t = 1)]
        steps: u32,
    },
    /// Where the schema stands
    Status,
}

pub async fn run(settings: &Settings, command: Migrate) -> Result<(), Stop> {
    let config = settings.load()?;
    let standing = match command {
        Migrate::Up => database::up(&config).await?,
        Migrate::Down { steps } => database::down(&config, steps).await?,
        Migrate::Status => database::status(&config).await?,
    };
    output::say(&database::describe(&standing));
    Ok(())
}
