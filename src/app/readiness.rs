//! Whether the server was well a moment ago. Anybody may ask, and each look costs a durable write.

use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use crate::model::fault::Fault;

#[derive(Debug, Default)]
pub struct Readiness(Mutex<Option<(Instant, bool)>>);

impl Readiness {
    const LASTS: Duration = Duration::from_secs(1);

    /// Looks, unless somebody did within the last second; one at a time.
    pub async fn check(&self, look: impl Future<Output = Result<(), Fault>>) -> Result<(), Fault> {
        let mut last = self.0.lock().await;
        match *last {
            Some((at, was_well)) if at.elapsed() < Self::LASTS => {
                if was_well {
                    Ok(())
                } else {
                    Err(Fault::unavailable("it was not ready a moment ago"))
                }
            }
            _ => {
                let found = look.await;
                *last = Some((Instant::now(), found.is_ok()));
                found
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn many_who_ask_cause_one_look_a_second() {
        for is_well in [true, false] {
            let (readiness, looks) = (Readiness::default(), AtomicU32::new(0));
            let look = async || {
                looks.fetch_add(1, Ordering::SeqCst);
                if is_well { Ok(()) } else { Err(Fault::new("ill")) }
            };
            for _ in 0..50 {
                assert_eq!(readiness.check(look()).await.is_ok(), is_well);
            }
            assert_eq!(looks.load(Ordering::SeqCst), 1);
            tokio::time::sleep(Readiness::LASTS).await;
            assert_eq!(readiness.check(look()).await.is_ok(), is_well);
            assert_eq!(looks.load(Ordering::SeqCst), 2);
        }
    }
}
