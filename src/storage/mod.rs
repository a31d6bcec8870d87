//! The seam to the database. Functions are verbs in a noun's module: reading takes [`Db`], writing takes [`Tx`], model types go in and
//! come out, and every error is a fault. Entity types never leave.

pub mod access_tokens;
pub mod api_keys;
pub mod attempts;
mod cache;
pub mod clients;
pub mod codes;
mod columns;
pub mod consents;
pub mod data_keys;
mod db;
mod epoch;
mod error;
pub mod grants;
pub mod health;
pub mod interactions;
pub mod jobs;
mod metric;
pub mod organizations;
mod postgres;
pub mod purge;
pub mod refresh_tokens;
pub mod replay_marks;
pub mod revoked_tokens;
pub mod roles;
pub mod schema;
pub mod sessions;
pub mod signing_keys;
mod sql;
mod sqlite;
mod turns;
mod unit;
pub mod users;

use std::{convert::Infallible, future::Future, sync::Arc};

use sea_orm::DatabaseConnection;
use tracing::Instrument;

pub use self::db::{Db, Tx};
use self::{
    cache::Cache,
    epoch::Epoch,
    schema::{Direction, Schema},
    turns::Turns,
};
use crate::{
    config::database::Database,
    model::{
        api_key::KnownApiKey,
        client::RegisteredClient,
        fault::{Failure, Fault},
        id::{ClientId, OrganizationId},
        organization::Organization,
    },
};

/// Whether a row was inserted, or one with its unique key was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inserted {
    Now,
    Exists,
}

/// The database.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store")
    }
}

struct Inner {
    readers: DatabaseConnection,
    db: Db,
    writer: Writer,
    epoch: Arc<Epoch>,
    clients: Cache<ClientId, RegisteredClient>,
    organizations: Cache<OrganizationId, Organization>,
    /// By the look-up id of a credential.
    api_keys: Cache<String, KnownApiKey>,
}

enum Writer {
    /// SQLite: all write in turns.
    Turns(Arc<Turns>),
    /// PostgreSQL: a transaction each, on the pool that also reads.
    Transactions,
}

impl Store {
    /// Opens the database; a SQLite file is made if it is not there. Nothing is migrated.
    pub async fn open(database: &Database) -> Result<Self, Fault> {
        let epoch = Epoch::new();
        let (writer, readers) = match database {
            Database::Sqlite { path, durability } => {
                let file = sqlite::File { path: path.clone(), durability: *durability };
                file.create()?;
                let turns = Turns::open(file.clone(), epoch.clone()).await?;
                (Writer::Turns(turns), file.readers().await?)
            }
            Database::Postgres { url, connections } => (Writer::Transactions, postgres::connect(url, *connections).await?),
        };
        let db = Db::readers(readers.clone());
        if matches!(writer, Writer::Turns(_)) {
            tokio::spawn(epoch::keep_looking(Arc::downgrade(&epoch), db.clone()));
        }
        let (clients, organizations, api_keys) = (Cache::of_at_most(4096), Cache::of_at_most(1024), Cache::of_at_most(16_384));
        Ok(Self(Arc::new(Inner { readers, db, writer, epoch, clients, organizations, api_keys })))
    }

    /// To read from, outside of any unit of work.
    pub fn db(&self) -> Db {
        self.0.db.clone()
    }

    /// One named unit of work: everything it writes is kept, or nothing. `Ok` and `Refused` commit, `Broken` rolls back. It may be
    /// done more than once, so it does nothing but through its [`Tx`]. It has two seconds. The name is a metric's label.
    pub async fn write<T, R, W, F>(&self, name: &'static str, work: W) -> Result<T, Failure<R>>
    where
        W: Fn(Tx) -> F + Send,
        F: Future<Output = Result<T, Failure<R>>> + Send,
        T: Send,
        R: Send,
    {
        db::require_outside()?;
        let written = async {
            match &self.0.writer {
                Writer::Turns(turns) => turns.write(name, work).await,
                Writer::Transactions => postgres::write(&self.0.readers, name, work).await,
            }
        };
        let span = tracing::info_span!(target: "keyward::trace", "store.write", otel.name = %format_args!("store.write {name}"));
        written.instrument(span).await
    }

    /// A unit of work that has nothing to refuse.
    pub async fn keep<T, W, F>(&self, name: &'static str, work: W) -> Result<T, Fault>
    where
        W: Fn(Tx) -> F + Send,
        F: Future<Output = Result<T, Fault>> + Send,
        T: Send,
    {
        let work = move |tx| {
            let done = work(tx);
            async { done.await.map_err(Failure::<Infallible>::Broken) }
        };
        self.write(name, work).await.map_err(|failure| match failure {
            Failure::Broken(fault) => fault,
            Failure::Refused(never) => match never {},
        })
    }

    /// The number under which a cache may speak now: what was read under an older one may have changed. Read it before the row.
    pub async fn epoch(&self) -> Result<i64, Fault> {
        db::require_outside()?;
        match &self.0.writer {
            Writer::Turns(_) => self.0.epoch.known(&self.0.db).await,
            Writer::Transactions => self.0.epoch.look(&self.0.db).await,
        }
    }

    /// A client, from memory where it has not changed.
    pub async fn client(&self, id: &ClientId) -> Result<Option<Arc<RegisteredClient>>, Fault> {
        let epoch = self.epoch().await?;
        if let Some(client) = self.0.clients.get(id, epoch) {
            return Ok(Some(client));
        }
        let found = clients::find(&self.0.db, id).await?;
        Ok(found.map(|client| self.0.clients.put(id.clone(), epoch, client)))
    }

    /// An organization, from memory where it has not changed.
    pub async fn organization(&self, id: OrganizationId) -> Result<Option<Arc<Organization>>, Fault> {
        let epoch = self.epoch().await?;
        if let Some(organization) = self.0.organizations.get(&id, epoch) {
            return Ok(Some(organization));
        }
        let found = organizations::find(&self.0.db, id).await?;
        Ok(found.map(|organization| self.0.organizations.put(id, epoch, organization)))
    }

    /// The key of a credential with this look-up id and its owner's rights, from memory where nothing of that has changed.
    pub async fn api_key(&self, lookup: &str) -> Result<Option<Arc<KnownApiKey>>, Fault> {
        let epoch = self.epoch().await?;
        if let Some(key) = self.0.api_keys.get(lookup, epoch) {
            return Ok(Some(key));
        }
        let found = api_keys::find_by_lookup(&self.0.db, lookup).await?;
        Ok(found.map(|key| self.0.api_keys.put(lookup.to_owned(), epoch, key)))
    }

    pub async fn schema(&self) -> Result<Schema, Fault> {
        schema::of(&self.0.db).await
    }

    /// Does every step that is missing. A newer schema is a fault.
    pub async fn migrate(&self) -> Result<(), Fault> {
        self.change_schema(Direction::Up).await
    }

    /// Takes back that many steps, with what their tables hold.
    pub async fn migrate_down(&self, steps: u32) -> Result<(), Fault> {
        self.change_schema(Direction::Down(steps)).await
    }

    async fn change_schema(&self, direction: Direction) -> Result<(), Fault> {
        match &self.0.writer {
            Writer::Turns(turns) => {
                let (_turn, transaction) = turns.exclusive().await?;
                schema::migrate(transaction, direction).await
            }
            Writer::Transactions => schema::migrate(postgres::begin(&self.0.readers).await?, direction).await,
        }
    }

    /// Commits what is open and closes all connections. A process that changed what others may hold in memory waits until they know.
    pub async fn close(&self) -> Result<(), Fault> {
        self.0.readers.close_by_ref().await?;
        if let Writer::Turns(turns) = &self.0.writer {
            // The last to close a SQLite file, if it may write, leaves it whole, without a write-ahead log beside it.
            turns.close().await;
            self.0.epoch.linger().await;
        }
        Ok(())
    }
}
