//! What writing costs, counted by the name of the unit of work.

use std::time::Duration;

/// A unit of work was committed.
pub(super) fn unit(name: &'static str) {
    metrics::counter!("keyward_storage_units_total", "name" => name).increment(1);
}

/// A unit of work was done again, since something spoiled the transaction it was part of.
pub(super) fn redone(name: &'static str) {
    metrics::counter!("keyward_storage_redone_total", "name" => name).increment(1);
}

/// A transaction was committed.
pub(super) fn committed(took: Duration) {
    metrics::histogram!("keyward_storage_commit_seconds").record(took.as_secs_f64());
}
