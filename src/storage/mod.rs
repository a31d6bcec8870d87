//! The seam to the database: the only place that knows SeaORM, entities and migrations. Functions are verbs in a noun's module;
//! reading takes `&Db`, writing `&Tx`. Records are mapped to `model` at this border.

pub mod access_tokens;
pub mod attempts;
pub mod clients;
pub mod codes;
mod columns;
pub mod consents;
pub mod data_keys;
mod epoch;
pub mod grants;
pub mod health;
pub mod interactions;
pub mod jobs;
mod open;
pub mod organizations;
pub mod purge;
pub mod refresh_tokens;
pub mod replay_marks;
pub mod revoked_tokens;
pub mod schema;
pub mod sessions;
pub mod signing_keys;
mod unit;
pub mod users;
mod writer;

use std::{future::Future, sync::Arc, time::Duration};

use moka::sync::Cache;
use sea_orm::{DatabaseConnection, DbErr, TransactionTrait, TryInsertResult};

use crate::{
    config::database::Database,
    model::{
        client::RegisteredClient,
        fault::{Failure, Fault, FaultKind},
        id::{ClientId, OrganizationId},
        organization::Organization,
    },
};

use epoch::Epoch;
pub use unit::{Db, Tx};
use writer::Writer;

/// Did the row go in, or was there one with the same key?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inserted {
    Now,
    Exists,
}

/// A unit of work may take so long; then it is a fault.
const LONGEST_UNIT: Duration = Duration::from_secs(2);

/// The database, with its writer, its epoch and what may be cached under it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    readers: DatabaseConnection,
    writes: Writes,
    epoch: Epoch,
    clients: Cache<ClientId, (i64, Arc<RegisteredClient>)>,
    organizations: Cache<OrganizationId, (i64, Arc<Organization>)>,
}

#[derive(Debug)]
enum Writes {
    /// SQLite: one writer, by turns.
    ByTurns(Arc<Writer>),
    /// PostgreSQL: a transaction each.
    Each,
}

impl Store {
    /// Opens the database; makes the SQLite file, but no tables.
    pub async fn open(database: &Database) -> Result<Self, Fault> {
        let (readers, writes) = match database {
            Database::Sqlite { path, durability } => {
                let writer = Writer::open(path, *durability).await?;
                (open::sqlite_readers(path).await?, Writes::ByTurns(writer))
            }
            Database::Postgres { url, connections } => (open::postgres(url, *connections).await?, Writes::Each),
        };
        let epoch = Epoch::new(readers.clone());
        Ok(Self(Arc::new(Inner { readers, writes, epoch, clients: Cache::new(100_000), organizations: Cache::new(10_000) })))
    }

    pub fn db(&self) -> Db {
        Db::pool(self.0.readers.clone())
    }

    /// One named unit of work. `work` may run more than once, so all that it does is in the database. `Ok` and `Refused` are committed
    /// before this returns, `Broken` is rolled back. It must not write through the store again, nor read past its `Tx`.
    pub async fn write<T, R, W, F>(&self, name: &'static str, work: W) -> Result<T, Failure<R>>
    where
        W: Fn(Tx) -> F + Send,
        F: Future<Output = Result<T, Failure<R>>> + Send,
        T: Send,
        R: Send,
    {
        if unit::is_open() {
            return Err(Fault::new("a unit of work within a unit of work").into());
        }
        metrics::counter!("keyward_units_total", "unit" => name).increment(1);
        match &self.0.writes {
            Writes::ByTurns(writer) => writer.write(&self.0.epoch, work).await,
            Writes::Each => self.write_alone(work).await,
        }
    }

    /// Serialization failures and deadlocks are repeated whole.
    async fn write_alone<T, R, W, F>(&self, work: W) -> Result<T, Failure<R>>
    where
        W: Fn(Tx) -> F + Send,
        F: Future<Output = Result<T, Failure<R>>> + Send,
    {
        const TRIES: u32 = 5;
        let mut tried = 0;
        loop {
            tried += 1;
            let transaction = self.0.readers.begin().await.map_err(fault("begin a unit of work"))?;
            let tx = Tx::new(transaction);
            let out = unit::run(LONGEST_UNIT, work(tx.clone())).await;
            let (may_repeat, raised) = (tx.should_be_repeated(), tx.raised_epoch());
            let ended = match &out {
                Ok(_) | Err(Failure::Refused(_)) => tx.commit().await,
                Err(Failure::Broken(_)) => tx.rollback().await,
            };
            let should_repeat = may_repeat || ended.as_ref().is_err_and(unit::is_conflict);
            if should_repeat && tried < TRIES {
                metrics::counter!("keyward_units_repeated_total").increment(1);
                tokio::time::sleep(Duration::from_millis(5 << tried)).await;
                continue;
            }
            ended.map_err(fault("end a unit of work"))?;
            if let Some(value) = raised {
                self.0.epoch.saw(value);
            }
            return out;
        }
    }

    /// A client and its secrets, as they are at this moment: from the cache where the epoch says that it may still speak.
    pub async fn client(&self, id: &ClientId) -> Result<Option<Arc<RegisteredClient>>, Fault> {
        let epoch = self.epoch().await?;
        if let Some((_, client)) = self.0.clients.get(id).filter(|(known, _)| *known == epoch) {
            return Ok(Some(client));
        }
        let found = clients::find(&self.db(), id).await?.map(Arc::new);
        if let Some(client) = &found {
            self.0.clients.insert(id.clone(), (epoch, client.clone()));
        }
        Ok(found)
    }

    pub async fn organization(&self, id: OrganizationId) -> Result<Option<Arc<Organization>>, Fault> {
        let epoch = self.epoch().await?;
        if let Some((_, organization)) = self.0.organizations.get(&id).filter(|(known, _)| *known == epoch) {
            return Ok(Some(organization));
        }
        let found = organizations::find(&self.db(), id).await?.map(Arc::new);
        if let Some(organization) = &found {
            self.0.organizations.insert(id, (epoch, organization.clone()));
        }
        Ok(found)
    }

    /// The epoch as of now: no change that was acknowledged before this call is missing from it.
    pub async fn epoch(&self) -> Result<i64, Fault> {
        self.0.epoch.current().await
    }

    /// The connection that may change the schema; nothing else runs on it meanwhile.
    async fn connection(&self) -> Result<DatabaseConnection, Fault> {
        Ok(match &self.0.writes {
            Writes::ByTurns(writer) => writer.connection().await,
            Writes::Each => self.0.readers.clone(),
        })
    }

    /// Ends what is under way and closes every connection.
    pub async fn close(&self) -> Result<(), Fault> {
        if let Writes::ByTurns(writer) = &self.0.writes {
            writer.close().await;
        }
        self.0.readers.close_by_ref().await.map_err(fault("close the database"))
    }
}

/// A database error on its way out: what could not be done, and whether trying again may help.
fn fault(what: &'static str) -> impl Fn(DbErr) -> Fault {
    move |error| {
        let kind = if unit::is_unavailable(&error) { FaultKind::Unavailable } else { FaultKind::Broken };
        Fault::while_doing(what, error).of_kind(kind)
    }
}

/// What became of an insert that may meet a row with its key.
fn inserted(result: Result<TryInsertResult<u64>, DbErr>, what: &'static str) -> Result<Inserted, Fault> {
    match result.map_err(fault(what))? {
        TryInsertResult::Inserted(rows) if rows > 0 => Ok(Inserted::Now),
        TryInsertResult::Inserted(_) | TryInsertResult::Conflicted | TryInsertResult::Empty => Ok(Inserted::Exists),
    }
}
