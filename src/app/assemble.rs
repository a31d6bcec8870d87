//! Configuration → App: the only wiring in the program.

use std::{fs::DirBuilder, os::unix::fs::DirBuilderExt};

use time::OffsetDateTime;

use crate::{
    config::{Config, database::Database},
    model::fault::Fault,
    protocol::oidc::discovery,
    storage::{self, Store, data_keys::DataKey, schema::Schema},
};

use super::{
    App, Parts,
    clock::Clock,
    documents::Document,
    failures::Failures,
    hashing::Pool,
    key_making::make_missing_keys,
    key_ring::{KeyRing, Ring},
    master_key::master_key,
    randomness::Randomness,
    readiness::Readiness,
    reuse::Reuse,
    sealing::Sealing,
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

/// If it is not there. Only its owner can look into it.
pub fn make_data_dir(config: &Config) -> Result<(), Fault> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(&config.data_dir);
    made.map_err(|error| Fault::while_doing(format!("make `data_dir` {}", config.data_dir.display()), error))
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
        store.keep("data_keys.insert", |tx| async move { storage::data_keys::insert(&tx, key).await }).await?;
        // Another node may have been first: what counts is what is in the table.
        rows = storage::data_keys::list(&store.db()).await?;
    }
    Sealing::open_keys(&master, rows.iter().map(|row| (row.version, row.sealed.as_slice())))
}
