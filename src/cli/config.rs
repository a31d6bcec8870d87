//! `keyward config`: what is set, and what could be.

use clap::Subcommand;

use crate::config::{self, environment::Environment};

use super::{Settings, Stop, output};

#[derive(Debug, Subcommand)]
pub enum Configuration {
    /// Is the configuration usable? Every problem at once
    Check,
    /// Every setting in force and where it comes from; secrets masked
    Dump,
    /// A configuration file with every setting at its default
    Example,
}

pub fn run(settings: &Settings, command: Configuration) -> Result<(), Stop> {
    match command {
        Configuration::Check => settings.load().map(|_| output::say("the configuration is usable")),
        Configuration::Dump => {
            output::say(config::dump(settings.config.clone(), &Environment::of_process(), settings.flags())?.trim_end());
            Ok(())
        }
        Configuration::Example => {
            output::say(config::EXAMPLE.trim_end());
            Ok(())
        }
    }
}
