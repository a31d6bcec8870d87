//! `keyward healthcheck`: asks the server that runs on this machine.

use crate::services::health;

use super::{Settings, Stop, output};

pub async fn run(settings: &Settings) -> Result<(), Stop> {
    let config = settings.load()?;
    health::probe(&config).await?;
    output::say("ready");
    Ok(())
}
