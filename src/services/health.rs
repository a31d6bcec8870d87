//! Is the server well: asked from inside, and from the same machine.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::{
    app::App,
    config::Config,
    model::{fault::Fault, names::Algorithm},
    outbound,
    protocol::endpoints,
    storage,
};

use super::signing_keys;

/// Ready to answer: the database writes and reads, and there is a key to sign with.
pub async fn check(app: &App) -> Result<(), Fault> {
    let look = async {
        let now = app.clock.now();
        storage::health::check(&app.store).await?;
        signing_keys::refresh(app, now).await?;
        app.keys.signer(Algorithm::RS256, now).map(drop)
    };
    app.readiness.check(look).await
}

/// Asks the server that this configuration belongs to.
pub async fn probe(config: &Config) -> Result<(), Fault> {
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    let ip = match config.listen.ip() {
        IpAddr::V4(any) if any.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(any) if any.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    let address = SocketAddr::new(ip, config.listen.port());
    for path in [endpoints::HEALTH, endpoints::READY] {
        let status = outbound::probe::status(&format!("{scheme}://{address}{path}")).await?;
        if status != 200 {
            return Err(Fault::new(format!("{path} answers {status}")));
        }
    }
    Ok(())
}
