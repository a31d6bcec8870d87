//! Asking a server of our own on this machine whether it is well.

use std::time::Duration;

use crate::model::fault::Fault;

/// The status of a GET. The certificate is not looked at: it is made for the issuer's name, and this goes to an address.
pub async fn status(url: &str) -> Result<u16, Fault> {
    #[expect(clippy::disallowed_methods, reason = "outbound makes the clients")]
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(3))
        .tls_danger_accept_invalid_certs(true)
        .build()
        .map_err(|error| Fault::while_doing("set up a probe", error))?;
    let answer = client.get(url).send().await.map_err(|error| Fault::while_doing("ask the server", error))?;
    Ok(answer.status().as_u16())
}
