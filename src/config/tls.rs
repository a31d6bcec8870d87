//! Built-in TLS.

use std::path::PathBuf;

use super::{layers::Layers, secrets};

#[derive(Debug, Clone)]
pub struct Tls {
    /// PEM, the server's own first, then its intermediates.
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// The outer none: a problem was noted; the inner: there is no built-in TLS.
pub(super) fn read(layers: &mut Layers) -> Option<Option<Tls>> {
    let file = |layers: &mut Layers, key: &str| {
        layers.parsed(
            key,
            |path| if PathBuf::from(path).is_file() { Ok(PathBuf::from(path)) } else { Err("is not a file".to_owned()) },
        )
    };
    match (layers.is_set("tls.certificate"), layers.is_set("tls.key")) {
        (false, false) => Some(None),
        (true, true) => {
            let (certificate, key) = (file(layers, "tls.certificate"), file(layers, "tls.key"));
            if key.as_deref().is_some_and(|key| secrets::is_open_to_everybody(key).unwrap_or(false)) {
                layers.note("tls.key", "can be read by everybody: chmod 600 it");
            }
            Some(Some(Tls { certificate: certificate?, key: key? }))
        }
        (true, false) => {
            layers.note("tls.key", "must be set together with `tls.certificate`");
            None
        }
        (false, true) => {
            layers.note("tls.certificate", "must be set together with `tls.key`");
            None
        }
    }
}
