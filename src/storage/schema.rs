//! The schema: where it stands, and how it is brought up or taken down.

use migration::{Migrator, MigratorTrait};

use crate::model::fault::Fault;

use super::{Store, fault};

/// How the database's schema stands to this version's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schema {
    Empty,
    Current,
    /// Steps that this version has and the database lacks.
    Older(Vec<String>),
    /// Made by a newer version: it must not be touched.
    Newer,
}

impl Store {
    pub async fn schema(&self) -> Result<Schema, Fault> {
        let connection = self.connection().await?;
        let known: Vec<String> = Migrator::migrations().iter().map(|step| step.name().to_owned()).collect();
        let applied = Migrator::get_migration_models(&connection).await;
        let applied: Vec<String> = match applied {
            Ok(models) => models.into_iter().map(|model| model.version).collect(),
            // The table of steps is not there yet.
            Err(_) => Vec::new(),
        };
        let pending: Vec<String> = known.iter().filter(|step| !applied.contains(step)).cloned().collect();
        Ok(if applied.iter().any(|step| !known.contains(step)) {
            Schema::Newer
        } else if applied.is_empty() {
            Schema::Empty
        } else if pending.is_empty() {
            Schema::Current
        } else {
            Schema::Older(pending)
        })
    }

    pub async fn migrate(&self) -> Result<(), Fault> {
        Migrator::up(&self.connection().await?, None).await.map_err(fault("migrate the database"))
    }

    pub async fn migrate_down(&self, steps: u32) -> Result<(), Fault> {
        Migrator::down(&self.connection().await?, Some(steps)).await.map_err(fault("migrate the database down"))
    }
}
