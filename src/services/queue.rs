//! Work without a caller: claimed by lease, so that any number of nodes share it, and told done.

use time::Duration;

use crate::{
    app::App,
    model::{fault::Fault, job::JobKind},
    storage,
};

use super::{purge, signing_keys};

/// Longer than any job takes; a node that dies leaves its job free after that.
const LEASE: Duration = Duration::minutes(5);

/// Runs a kind of job if it is due and nobody else is at it.
pub async fn run_if_due(app: &App, node: &str, kind: JobKind) -> Result<bool, Fault> {
    let now = app.clock.now();
    let claim = app.store.keep("jobs.claim", |tx| async move { storage::jobs::claim(&tx, kind, node, now, LEASE).await });
    if !claim.await? {
        return Ok(false);
    }
    match kind {
        JobKind::Purge => purge::run(app, now).await.map(drop)?,
        JobKind::RotateSigningKeys => signing_keys::rotate_old(app, now).await?,
    }
    app.store.keep("jobs.finish", |tx| async move { storage::jobs::finish(&tx, kind, node, now).await }).await?;
    Ok(true)
}
