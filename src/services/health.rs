//! Is the server well: asked from inside, from the same machine, and before it starts.

use std::{fs, net::SocketAddr, os::unix::fs::PermissionsExt};

use crate::{
    app::{App, assemble::Schemas, clock::Clock, randomness::Randomness},
    config::{Config, database::Database},
    model::{fault::Fault, names::Algorithm},
    outbound,
    protocol::endpoints,
    storage,
};

use super::signing_keys;

/// Ready to answer: the database writes and reads, and there is a key to sign with.
pub async fn check(app: &App) -> Result<(), Fault> {
    let now = app.clock.now();
    storage::health::check(&app.store).await?;
    signing_keys::refresh(app, now).await?;
    app.keys.signer(Algorithm::RS256, now).map(drop)
}

/// Asks the server that this configuration belongs to.
pub async fn probe(config: &Config) -> Result<(), Fault> {
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    let ip = match config.listen.ip() {
        any if any.is_unspecified() => std::net::Ipv4Addr::LOCALHOST.into(),
        ip => ip,
    };
    let address = SocketAddr::new(ip, config.listen.port());
    for path in [endpoints::HEALTH, endpoints::READY] {
        let status = outbound::probe::status(&format!("{scheme}://{address}{path}")).await?;
        if status != 200 {
            return Err(Fault::new(format!("{path} answers {status}")));
        }
    }
    Ok(())
}

/// One thing that was looked at.
#[derive(Debug)]
pub struct Finding {
    pub what: &'static str,
    pub problem: Option<String>,
}

/// Everything that must be right before the server starts. Changes nothing but an empty SQLite file.
pub async fn examine(config: Config) -> Vec<Finding> {
    let mut findings = vec![Finding { what: "data directory", problem: data_dir_problem(&config) }];
    if let Some(tls) = &config.tls {
        let problem = tls_problem(tls);
        findings.push(Finding { what: "TLS certificate and key", problem });
    }
    let app = match App::assemble(config, Clock::system(), Randomness::system(), Schemas::MakeNew).await {
        Ok(app) => app,
        Err(fault) => {
            findings.push(Finding { what: "database and master key", problem: Some(fault.chain()) });
            return findings;
        }
    };
    findings.push(Finding { what: "database and master key", problem: None });
    let checked = check(&app).await;
    findings.push(Finding { what: "write, read and signing keys", problem: checked.err().map(|fault| fault.chain()) });
    let durable = storage::health::durability(&app.store).await;
    let problem = match durable {
        Ok(true) => None,
        Ok(false) => {
            Some("commits are not durable: SQLite needs WAL and synchronous=FULL, PostgreSQL synchronous_commit=on".to_owned())
        }
        Err(fault) => Some(fault.chain()),
    };
    findings.push(Finding { what: "durable commits", problem });
    findings
}

fn data_dir_problem(config: &Config) -> Option<String> {
    if matches!(config.database, Database::Postgres { .. }) || !config.data_dir.exists() {
        return None;
    }
    let mode = match fs::metadata(&config.data_dir) {
        Ok(metadata) => metadata.permissions().mode(),
        Err(error) => return Some(format!("cannot be read: {error}")),
    };
    (mode & 0o002 != 0).then(|| "everybody can write to it: chmod 700".to_owned())
}

/// Readable PEM; whether key and certificate belong together is found when the server starts.
fn tls_problem(tls: &crate::config::tls::Tls) -> Option<String> {
    let has = |path, mark: &str| fs::read_to_string(path).map(|text| text.contains(mark));
    match (has(&tls.certificate, "-----BEGIN CERTIFICATE"), has(&tls.key, "PRIVATE KEY-----")) {
        (Ok(true), Ok(true)) => None,
        (Ok(_), Ok(_)) => Some("are not PEM files of a certificate and a private key".to_owned()),
        (Err(error), _) | (_, Err(error)) => Some(format!("cannot be read: {error}")),
    }
}
