//! Is the server ready to answer: the database writes and reads, and there is a key to sign with.

use crate::{
    app::App,
    model::{fault::Fault, names::Algorithm},
    storage,
};

use super::signing_keys;

pub async fn check(app: &App) -> Result<(), Fault> {
    let now = app.clock.now();
    storage::health::check(&app.store).await?;
    signing_keys::refresh(app, now).await?;
    app.keys.signer(Algorithm::RS256, now).map(drop)
}
