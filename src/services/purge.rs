//! Taking away what has expired: small batches with a pause, so that no request waits behind them.

use std::time::{Duration, Instant};

use time::OffsetDateTime;

use crate::{
    app::App,
    model::fault::Fault,
    storage::{self, purge::Purgeable},
};

const BATCH: u64 = 100;
const PAUSE: Duration = Duration::from_millis(10);
/// What is left after so long is for the next time; the job's lease is longer.
const AT_MOST: Duration = Duration::from_secs(180);

/// How many rows went.
pub async fn run(app: &App, now: OffsetDateTime) -> Result<u64, Fault> {
    let (mut total, began) = (0, Instant::now());
    for kind in Purgeable::ALL {
        loop {
            let batch = app.store.keep("purge", |tx| async move { storage::purge::batch(&tx, *kind, now, BATCH).await });
            let gone = batch.await?;
            total += gone;
            if gone == 0 || began.elapsed() > AT_MOST {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
    metrics::counter!("keyward_purged_rows_total").increment(total);
    Ok(total)
}
