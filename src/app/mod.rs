//! What every operation is given.

pub mod assemble;
pub mod call;
pub mod clock;
pub mod documents;
pub mod failures;
pub mod hashing;
pub mod key_making;
pub mod key_ring;
pub mod master_key;
pub mod randomness;
pub mod readiness;
pub mod reuse;
pub mod sealing;
pub mod telemetry;
pub mod traces;
pub mod verified;

use std::{ops::Deref, sync::Arc};

use crate::{config::Config, storage::Store};

use clock::Clock;
use documents::Document;
use failures::Failures;
use hashing::Pool;
use key_ring::KeyRing;
use randomness::Randomness;
use readiness::Readiness;
use reuse::Reuse;
use sealing::Sealing;
use verified::Verified;

/// Everything a running server is made of; cheap to clone.
#[derive(Clone, Debug)]
pub struct App(Arc<Parts>);

#[derive(Debug)]
pub struct Parts {
    pub config: Config,
    pub store: Store,
    pub keys: KeyRing,
    pub sealing: Sealing,
    pub clock: Clock,
    pub randomness: Randomness,
    pub hashing: Pool,
    pub failures: Failures,
    pub readiness: Readiness,
    pub reuse: Reuse,
    pub verified: Verified,
    /// Discovery, built once.
    pub metadata: Document,
}

impl App {
    pub fn of(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl App {
    /// Ends what is under way and closes the database. What was changed holds for every request to any server from now on.
    pub async fn close(&self) -> Result<(), crate::model::fault::Fault> {
        self.store.close().await
    }
}

impl Deref for App {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}
