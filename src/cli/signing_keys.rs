//! `keyward signing-keys`: the keys that tokens are signed with.

use clap::{ArgAction, Subcommand};

use crate::{model::names::Algorithm, services::signing_keys};

use super::{Settings, Stop, output};

#[derive(Debug, Subcommand)]
pub enum SigningKeys {
    /// All keys with their states
    List {
        /// Print JSON and nothing else
        #[arg(long)]
        json: bool,
    },
    /// Publish the next keys; they sign once every verifier's copy of the key set has expired
    Rotate {
        /// RS256, PS256, ES256 or EdDSA; without it RSA and EC
        #[arg(long, action = ArgAction::Append, value_parser = asymmetric)]
        alg: Vec<Algorithm>,
        /// Print JSON and nothing else
        #[arg(long)]
        json: bool,
    },
    /// Take a key out at once, with every token it signed
    Revoke {
        /// As `signing-keys list` shows it
        #[arg(allow_hyphen_values = true)]
        kid: String,
    },
}

const COLUMNS: &[&str] = &["kid", "algorithm", "state", "activeFrom", "retiringFrom", "retiredFrom", "revokedAt"];

fn asymmetric(text: &str) -> Result<Algorithm, String> {
    let known = text.parse().ok().filter(|algorithm| Algorithm::ASYMMETRIC.contains(algorithm));
    known.ok_or_else(|| "must be one of RS256, PS256, ES256, EdDSA".to_owned())
}

pub async fn run(settings: &Settings, command: SigningKeys) -> Result<(), Stop> {
    let app = settings.open().await?;
    let now = app.clock.now();
    match command {
        SigningKeys::List { json } => {
            let keys: Vec<_> = signing_keys::list(&app).await?.iter().map(|key| output::signing_key(key, now)).collect();
            output::print_all(json, &keys, COLUMNS);
        }
        SigningKeys::Rotate { alg, json } => {
            let algorithms = if alg.is_empty() { vec![Algorithm::RS256, Algorithm::PS256, Algorithm::ES256] } else { alg };
            let made = signing_keys::rotate(&app, &algorithms, now).await?;
            let made: Vec<_> = made.iter().map(|key| output::signing_key(key, now)).collect();
            output::print_all(json, &made, COLUMNS);
        }
        SigningKeys::Revoke { kid } => {
            if !signing_keys::revoke(&app, &kid, now).await? {
                return Err(Stop::Failed("there is no such key, or it was revoked before".to_owned()));
            }
        }
    }
    Ok(app.close().await?)
}
