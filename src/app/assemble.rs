//! Configuration → App: the only wiring in the program.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

use time::OffsetDateTime;

use crate::{
    config::{Config, database::Database, secrets},
    model::{
        event::Event,
        fault::{Failure, Fault},
        names::Algorithm,
        secret::Secret,
        signing_key::{KeyState, SigningKey},
    },
    protocol::{jose::key, oidc::discovery},
    storage::{self, Inserted, Store, data_keys::DataKey, schema::Schema},
};

use super::{
    App, Parts,
    clock::Clock,
    documents::Document,
    failures::Failures,
    hashing::Pool,
    key_ring::{self, KeyRing, Ring},
    randomness::{self, Randomness},
    readiness::Readiness,
    reuse::Reuse,
    sealing::{MasterKey, Sealing},
    telemetry,
    verified::Verified,
};

/// Who may change the schema while the program starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schemas {
    /// An empty database gets its tables; anything else must be current.
    MakeNew,
    /// A database of an older version is brought up as well.
    BringUp,
}

impl App {
    pub async fn assemble(config: Config, clock: Clock, randomness: Randomness, schemas: Schemas) -> Result<Self, Fault> {
        make_data_dir(&config)?;
        let store = Store::open(&config.database).await?;
        prepare_schema(&store, schemas).await?;
        // SQLite's settings are our own; PostgreSQL's are its operator's.
        if matches!(config.database, Database::Postgres { .. }) && !storage::health::durability(&store).await? {
            tracing::warn!("PostgreSQL has `synchronous_commit` off: a loss of power takes back what was acknowledged");
        }
        let now = clock.now();
        let sealing = open_sealing(&config, &store, &randomness, now).await?;
        make_missing_keys(&store, &sealing, now).await?;
        let epoch = store.epoch().await?;
        let ring = Ring::build(storage::signing_keys::list(&store.db()).await?, &sealing, now, epoch)?;
        let login = &config.login;
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let workers = if login.hash_workers == 0 { (cores / 2).max(1) } else { login.hash_workers as usize };
        Ok(Self::of(Parts {
            keys: KeyRing::of(ring),
            hashing: Pool::new(workers, login.hash_queue as usize),
            failures: Failures::new(config.limits.client_failures_per_minute),
            readiness: Readiness::default(),
            reuse: Reuse::default(),
            verified: Verified::default(),
            metadata: Document::of(&discovery::build(&config.issuer))?,
            config,
            store,
            sealing,
            clock,
            randomness,
        }))
    }
}

/// Only its owner can look into it.
pub fn make_data_dir(config: &Config) -> Result<(), Fault> {
    if config.data_dir.exists() {
        return Ok(());
    }
    fs::create_dir_all(&config.data_dir).map_err(|error| Fault::while_doing("make `data_dir`", error))?;
    fs::set_permissions(&config.data_dir, fs::Permissions::from_mode(0o700))
        .map_err(|error| Fault::while_doing("make `data_dir`", error))
}

async fn prepare_schema(store: &Store, schemas: Schemas) -> Result<(), Fault> {
    match store.schema().await? {
        Schema::Current => Ok(()),
        Schema::Empty => store.migrate().await,
        Schema::Older(_) if schemas == Schemas::BringUp => store.migrate().await,
        Schema::Older(_) => Err(Fault::new("the database's schema is not this version's: run `keyward migrate up` first")),
        Schema::Newer => Err(Fault::new("the database was made by a newer version of Keyward; this one will not touch it")),
    }
}

/// The data keys; for an empty database the first one is made, under the master key that is there or, with SQLite, a new one.
async fn open_sealing(config: &Config, store: &Store, randomness: &Randomness, now: OffsetDateTime) -> Result<Sealing, Fault> {
    let mut rows = storage::data_keys::list(&store.db()).await?;
    let master = master_key(config, rows.is_empty(), randomness)?;
    if rows.is_empty() {
        let key = DataKey { version: 1, sealed: master.seal_data_key(&randomness.bytes())?, created_at: now };
        let key = &key;
        let written: Result<Inserted, Failure<std::convert::Infallible>> =
            store.write("data_keys.insert", |tx| async move { Ok(storage::data_keys::insert(&tx, key).await?) }).await;
        unrefused(written)?;
        // Another node may have been first: what counts is what is in the table.
        rows = storage::data_keys::list(&store.db()).await?;
    }
    Sealing::open_keys(&master, rows.iter().map(|row| (row.version, row.sealed.as_slice())))
}

/// `is_new`: there is nothing yet that another key seals, so one may be made.
pub fn master_key(config: &Config, is_new: bool, randomness: &Randomness) -> Result<MasterKey, Fault> {
    if let Some(text) = &config.master_key {
        return MasterKey::parse(text);
    }
    if matches!(config.database, Database::Postgres { .. }) {
        return Err(Fault::new("`master_key` must be set with PostgreSQL, so that two nodes cannot make one each"));
    }
    let path = config.data_dir.join("master.key");
    match (path.exists(), is_new) {
        (true, _) => read_master_key(&path),
        (false, true) => {
            let key = MasterKey::of(randomness.bytes());
            write_private(&path, key.print().reveal())?;
            Ok(key)
        }
        (false, false) => Err(Fault::new(
            "`master.key` is missing from `data_dir`, and `master_key` is not set; nothing can be opened without it",
        )),
    }
}

fn read_master_key(path: &Path) -> Result<MasterKey, Fault> {
    let failed = |error| Fault::while_doing("read `master.key`", error);
    if secrets::is_open_to_everybody(path).map_err(failed)? {
        return Err(Fault::new("everybody can read `master.key`: chmod 600 it"));
    }
    MasterKey::parse(&Secret::new(fs::read_to_string(path).map_err(failed)?))
}

/// A file that only its owner can read; it must not be there yet.
pub fn write_private(path: &Path, text: &str) -> Result<(), Fault> {
    let failed = |error| Fault::while_doing(format!("write {}", path.display()), error);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
}

/// One key for each algorithm that has no active one, usable at once: at first start, and after a revocation.
pub async fn make_missing_keys(store: &Store, sealing: &Sealing, now: OffsetDateTime) -> Result<(), Fault> {
    let known = storage::signing_keys::list(&store.db()).await?;
    for algorithm in Algorithm::ASYMMETRIC {
        let will_do = |key: &SigningKey| matches!(key.state(now), KeyState::Active | KeyState::Published);
        if !known.iter().any(|key| key.algorithm == *algorithm && will_do(key)) {
            insert_key(store, &make_key(sealing, *algorithm, next_generation(&known, *algorithm), now, now).await?, None).await?;
        }
    }
    Ok(())
}

pub fn next_generation(known: &[SigningKey], algorithm: Algorithm) -> i32 {
    known.iter().filter(|key| key.algorithm == algorithm).map(|key| key.generation).max().unwrap_or(0) + 1
}

/// A new key of an algorithm, made on a thread of its own.
pub async fn make_key(
    sealing: &Sealing,
    algorithm: Algorithm,
    generation: i32,
    now: OffsetDateTime,
    active_from: OffsetDateTime,
) -> Result<SigningKey, Fault> {
    let made = tokio::task::spawn_blocking(move || key::generate(algorithm, &mut randomness::generator())).await;
    let (private, public) = made.map_err(|error| Fault::while_doing("make a signing key", error))??;
    let kid = public.kid.clone().ok_or_else(|| Fault::new("a signing key was made without a kid"))?;
    Ok(SigningKey {
        sealed_private: sealing.seal(&key_ring::purpose(&kid), &private)?,
        kid,
        algorithm,
        generation,
        public,
        published_at: now,
        active_from,
        retiring_from: None,
        retired_from: None,
        revoked_at: None,
    })
}

/// `predecessor`: its kid, and when the last token signed with it will have expired.
pub async fn insert_key(
    store: &Store,
    key: &SigningKey,
    predecessor: Option<(String, OffsetDateTime)>,
) -> Result<Inserted, Fault> {
    let predecessor = &predecessor;
    let written: Result<Inserted, Failure<std::convert::Infallible>> = store
        .write("signing_keys.insert", |tx| async move {
            let inserted = storage::signing_keys::insert(&tx, key).await?;
            if let (Inserted::Now, Some((kid, retired_from))) = (inserted, predecessor) {
                storage::signing_keys::set_retiring(&tx, kid, key.active_from, *retired_from).await?;
            }
            Ok(inserted)
        })
        .await;
    let inserted = unrefused(written)?;
    if inserted == Inserted::Now {
        telemetry::tell(&Event::SigningKeyMade { kid: key.kid.clone(), algorithm: key.algorithm }, None);
    }
    Ok(inserted)
}

/// A unit of work that cannot refuse.
pub fn unrefused<T>(written: Result<T, Failure<std::convert::Infallible>>) -> Result<T, Fault> {
    written.map_err(|failure| match failure {
        Failure::Broken(fault) => fault,
        Failure::Refused(never) => match never {},
    })
}
