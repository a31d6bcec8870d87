//! `keyward serve`: the server, production settings.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};

use crate::{
    app::{App, assemble::Schemas, clock::Clock, randomness::Randomness, telemetry, traces::Traces},
    config::{Config, database::Database},
    http, jobs,
    model::fault::{Fault, FaultKind},
};

use super::{Settings, Stop};

/// A database that does not answer is asked again so soon at first, and this seldom at last.
const SOON: Duration = Duration::from_millis(250);
const SELDOM: Duration = Duration::from_secs(5);

pub async fn run(settings: &Settings) -> Result<(), Stop> {
    let config = settings.load()?;
    let traces = Traces::start(&config)?;
    telemetry::start_log(&config.log, &traces);
    let app = match assemble(&config).await {
        Err(fault) if may_pass(&config, &fault) => match http::until(&config, assemble_when_it_answers(&config, fault)).await? {
            Some(app) => app?,
            None => return Ok(()),
        },
        assembled => assembled?,
    };
    tokio::spawn(jobs::run(app.clone()));
    let issuer = app.config.issuer.clone();
    http::serve(app.clone(), Vec::new(), move |address| tracing::info!(%address, %issuer, "listening")).await?;
    app.close().await?;
    traces.end().await;
    Ok(())
}

async fn assemble(config: &Config) -> Result<App, Fault> {
    App::assemble(config.clone(), Clock::system(), Randomness::system(), Schemas::MakeNew).await
}

/// A PostgreSQL server that is not there yet is worth waiting for; a file that cannot be had, or a wrong password, is not.
fn may_pass(config: &Config, fault: &Fault) -> bool {
    fault.kind == FaultKind::Unavailable && matches!(config.database, Database::Postgres { .. })
}

async fn assemble_when_it_answers(config: &Config, fault: Fault) -> Result<App, Fault> {
    let tell = |fault: &Fault, pause: Duration| {
        tracing::warn!(chain = fault.chain(), again_in = ?pause, "the database does not answer yet");
    };
    tell(&fault, Duration::ZERO);
    let pauses = ExponentialBuilder::default().with_min_delay(SOON).with_max_delay(SELDOM).without_max_times();
    (|| assemble(config)).retry(pauses).when(|fault| may_pass(config, fault)).notify(tell).await
}
