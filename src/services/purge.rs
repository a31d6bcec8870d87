//! Taking away what has expired: small batches with a pause, so that no request waits behind them.

use std::time::Duration;

use time::OffsetDateTime;

use crate::{
    app::{App, assemble::unrefused},
    model::fault::Fault,
    storage::{self, purge::Purgeable},
};

const BATCH: u64 = 200;
const PAUSE: Duration = Duration::from_millis(20);

/// How many rows went.
pub async fn run(app: &App, now: OffsetDateTime) -> Result<u64, Fault> {
    let mut total = 0;
    for kind in Purgeable::ALL {
        loop {
            let batch = app.store.write("purge", |tx| async move { Ok(storage::purge::batch(&tx, *kind, now, BATCH).await?) });
            let gone = unrefused(batch.await)?;
            total += gone;
            if gone < BATCH {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
    metrics::counter!("keyward_purged_rows_total").increment(total);
    Ok(total)
}
