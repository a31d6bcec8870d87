//! `keyward serve`: the server, production settings.

use crate::{
    app::{App, assemble::Schemas, clock::Clock, randomness::Randomness, telemetry},
    http, jobs,
};

use super::{Settings, Stop};

pub async fn run(settings: &Settings) -> Result<(), Stop> {
    let config = settings.load()?;
    telemetry::start_log(&config.log);
    let app = App::assemble(config, Clock::system(), Randomness::system(), Schemas::MakeNew).await?;
    tokio::spawn(jobs::run(app.clone()));
    let issuer = app.config.issuer.clone();
    http::serve(app.clone(), Vec::new(), move |address| tracing::info!(%address, %issuer, "listening")).await?;
    app.store_closed().await?;
    Ok(())
}
