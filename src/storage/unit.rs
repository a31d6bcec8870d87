//! One unit of work: a closure with its time limit, and the epoch raised as its last statement.

use std::{future::Future, time::Duration};

use sea_orm::TryGetable;
use tokio::time::timeout;

use super::db::{Tx, Unit, inside};
use crate::model::fault::{Failure, Fault};

/// A unit has no network call, no hashing and no signing in it; what takes longer than this stands still.
pub(super) const LIMIT: Duration = Duration::from_secs(2);

/// What came of a closure, before anything is committed.
pub(super) struct Ran<T, R> {
    pub outcome: Result<T, Failure<R>>,
    /// The epoch as this unit leaves it, if it raised it.
    pub epoch: Option<i64>,
    /// It ran out of time: done again, it would again.
    pub was_too_slow: bool,
}

impl<T, R> Ran<T, R> {
    /// Refused or not, what was written shall stay.
    pub fn is_kept(&self) -> bool {
        !matches!(self.outcome, Err(Failure::Broken(_)))
    }
}

pub(super) async fn run<T, R, W, F>(unit: &Unit, work: &mut W) -> Ran<T, R>
where
    W: Fn(Tx) -> F + Send,
    F: Future<Output = Result<T, Failure<R>>> + Send,
{
    let work = inside(work(unit.tx()));
    let and_raise = async {
        let outcome = work.await;
        if matches!(outcome, Err(Failure::Broken(_))) || !unit.raises_epoch() {
            return (outcome, None);
        }
        match raise(&unit.tx()).await {
            Ok(epoch) => (outcome, Some(epoch)),
            Err(fault) => (Err(fault.into()), None),
        }
    };
    let ran = timeout(LIMIT, and_raise).await;
    unit.end();
    match ran {
        Ok((outcome, epoch)) => Ran { outcome, epoch, was_too_slow: false },
        Err(_) => {
            unit.fail();
            let fault = Fault::unavailable("a unit of work took longer than its limit");
            Ran { outcome: Err(fault.into()), epoch: None, was_too_slow: true }
        }
    }
}

async fn raise(tx: &Tx) -> Result<i64, Fault> {
    let row = tx.row("UPDATE epoch SET value = value + 1 WHERE id = 1 RETURNING value", []).await?;
    let row = row.ok_or_else(|| Fault::new("the epoch has no row"))?;
    Ok(i64::try_get_by(&row, 0).map_err(sea_orm::DbErr::from)?)
}

/// A closure went on after a statement of it had failed, as if nothing had been.
pub(super) fn swallowed() -> Fault {
    Fault::new("a statement of a unit of work failed, and the unit did not say so")
}
