//! Work without a caller: one loop that looks what is due. Any number of nodes may run it.

use std::time::Duration;

use crate::{
    app::{App, telemetry},
    model::{id, job::JobKind},
    services::queue,
};

const LOOK_EVERY: Duration = Duration::from_secs(10);

pub async fn run(app: App) {
    let node = id::encode(app.randomness.uuid_v4());
    loop {
        for kind in JobKind::ALL {
            if let Err(fault) = queue::run_if_due(&app, &node, *kind).await {
                telemetry::tell_fault(kind.as_str(), &fault.chain());
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
