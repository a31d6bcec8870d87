//! What must be right before the server starts, looked at one by one. Nothing is made and nothing is changed but the row that health
//! checks write to.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use rustls::{
    crypto::aws_lc_rs::sign::any_supported_type,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    sign::CertifiedKey,
};
use time::{OffsetDateTime, macros::datetime};

use crate::{
    app::{
        key_ring::{Ring, SKEW},
        master_key,
        randomness::Randomness,
        sealing::Sealing,
    },
    config::{Config, database::Database, secrets, tls::Tls},
    model::{fault::Fault, names::Algorithm, signing_key::KeyState},
    storage::{self, Store, schema::Schema},
};

use super::database;

/// One thing that was looked at.
#[derive(Debug)]
pub struct Finding {
    pub what: &'static str,
    pub problem: Option<String>,
}

/// Before this was written nobody can have started it.
const EARLIEST: OffsetDateTime = datetime!(2026-11-01 0:00 UTC);

pub async fn examine(config: &Config, now: OffsetDateTime) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut note = |what, problem: Result<(), String>| findings.push(Finding { what, problem: problem.err() });
    note("nobody else can write to the data directory, and its files are private", check_modes(config));
    if let Some(tls) = &config.tls {
        note("TLS key belongs to the certificate", check_tls(tls));
    }
    note("clock is past the making of this program", check_clock(now));
    if !database::is_there(config) {
        note("database: none yet, the first start makes it", Ok(()));
        return findings;
    }
    let store = match Store::open(&config.database).await {
        Ok(store) => store,
        Err(fault) => {
            note("database answers", Err(fault.chain()));
            return findings;
        }
    };
    let schema = store.schema().await;
    note("database answers", schema.as_ref().map(drop).map_err(Fault::chain));
    match schema {
        Ok(Schema::Current) => note("schema is this version's", Ok(())),
        Ok(Schema::Empty) => {
            note("schema: none yet, the first start makes it", Ok(()));
            return findings;
        }
        Ok(other) => {
            let advice = if matches!(other, Schema::Older(_)) { ": `keyward migrate up`" } else { "" };
            note("schema is this version's", Err(format!("it is {}{advice}", database::describe(&other))));
            return findings;
        }
        Err(_) => return findings,
    }
    note("database takes a write and a read", told(storage::health::check(&store).await));
    note("commits are durable", check_durability(&store).await);
    match open_sealing(config, &store).await {
        Err(fault) => note("master key opens what was sealed", Err(fault.chain())),
        Ok(None) => note("master key: nothing is sealed yet", Ok(())),
        Ok(Some(sealing)) => {
            note("master key opens what was sealed", Ok(()));
            note("signing keys open, and each algorithm has an active one", told(check_keys(&store, &sealing, now).await));
        }
    }
    note("clock is past everything that was stored", told(check_order(&store, now).await).and_then(|order| order));
    // What it wrote is kept already; a fault now says nothing about the server.
    let _ = store.close().await;
    findings
}

fn told<T>(done: Result<T, Fault>) -> Result<T, String> {
    done.map_err(|fault| fault.chain())
}

fn check_modes(config: &Config) -> Result<(), String> {
    let mode = |path: &Path| fs::metadata(path).map(|metadata| metadata.permissions().mode()).unwrap_or(0);
    if mode(&config.data_dir) & 0o022 != 0 {
        return Err(format!("others can write to {}: chmod 700 it", config.data_dir.display()));
    }
    let mut files = vec![config.data_dir.join("master.key"), config.data_dir.join("dev.json")];
    if let Database::Sqlite { path, .. } = &config.database {
        files.push(path.clone());
    }
    match files.iter().find(|file| secrets::is_open_to_everybody(file).unwrap_or(false)) {
        Some(file) => Err(format!("everybody can read or write {}: chmod 600 it", file.display())),
        None => Ok(()),
    }
}

fn check_tls(tls: &Tls) -> Result<(), String> {
    let unread = |error: rustls::pki_types::pem::Error| format!("a file cannot be read: {error}");
    let certificates: Vec<_> =
        CertificateDer::pem_file_iter(&tls.certificate).map_err(unread)?.collect::<Result<_, _>>().map_err(unread)?;
    if certificates.is_empty() {
        return Err("`tls.certificate` has no certificate".to_owned());
    }
    let key = any_supported_type(&PrivateKeyDer::from_pem_file(&tls.key).map_err(unread)?).map_err(|error| error.to_string())?;
    CertifiedKey::new(certificates, key).keys_match().map_err(|error| error.to_string())
}

fn check_clock(now: OffsetDateTime) -> Result<(), String> {
    if now < EARLIEST { Err("it is behind: tokens would have expired when they are issued".to_owned()) } else { Ok(()) }
}

async fn check_durability(store: &Store) -> Result<(), String> {
    match told(storage::health::durability(store).await)? {
        true => Ok(()),
        false => Err("SQLite needs WAL and synchronous=FULL, PostgreSQL synchronous_commit=on".to_owned()),
    }
}

async fn open_sealing(config: &Config, store: &Store) -> Result<Option<Sealing>, Fault> {
    let rows = storage::data_keys::list(&store.db()).await?;
    if rows.is_empty() {
        return Ok(None);
    }
    let master = master_key::master_key(config, false, &Randomness::system())?;
    Sealing::open_keys(&master, rows.iter().map(|row| (row.version, row.sealed.as_slice()))).map(Some)
}

async fn check_keys(store: &Store, sealing: &Sealing, now: OffsetDateTime) -> Result<(), Fault> {
    let keys = storage::signing_keys::list(&store.db()).await?;
    Ring::build(keys.clone(), sealing, now, store.epoch().await?)?;
    let is_active = |algorithm| keys.iter().any(|key| key.algorithm == algorithm && key.state(now) == KeyState::Active);
    match Algorithm::ASYMMETRIC.iter().find(|algorithm| !is_active(**algorithm)) {
        Some(algorithm) => Err(Fault::new(format!("no {algorithm} key is active: `keyward signing-keys rotate`"))),
        None => Ok(()),
    }
}

/// A clock that was set back makes keys inactive and expired things alive.
async fn check_order(store: &Store, now: OffsetDateTime) -> Result<Result<(), String>, Fault> {
    let sealed = storage::data_keys::list(&store.db()).await?.into_iter().map(|key| key.created_at);
    let published = storage::signing_keys::list(&store.db()).await?.into_iter().map(|key| key.published_at);
    let newest = sealed.chain(published).max();
    let is_ahead = newest.is_some_and(|newest| newest > now + SKEW);
    Ok(if is_ahead { Err("it is behind what the database holds".to_owned()) } else { Ok(()) })
}
