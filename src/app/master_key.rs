//! Where the master key comes from: the configuration, or with SQLite a file in the data folder.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use crate::{
    config::{Config, database::Database, secrets},
    model::{fault::Fault, secret::Secret},
};

use super::{randomness::Randomness, sealing::MasterKey};

/// `is_new`: there is nothing yet that another key seals, so one may be made.
pub fn master_key(config: &Config, is_new: bool, randomness: &Randomness) -> Result<MasterKey, Fault> {
    if let Some(text) = &config.master_key {
        return MasterKey::parse(text);
    }
    if matches!(config.database, Database::Postgres { .. }) {
        return Err(Fault::new("`master_key` must be set with PostgreSQL, so that two nodes cannot make one each"));
    }
    let path = config.data_dir.join("master.key");
    match (path.exists(), is_new) {
        (true, _) => read_master_key(&path),
        (false, true) => {
            let key = MasterKey::of(randomness.bytes());
            write_private(&path, key.print().reveal())?;
            Ok(key)
        }
        (false, false) => Err(Fault::new(
            "`master.key` is missing from `data_dir`, and `master_key` is not set; nothing can be opened without it",
        )),
    }
}

fn read_master_key(path: &Path) -> Result<MasterKey, Fault> {
    let failed = |error| Fault::while_doing("read `master.key`", error);
    if secrets::is_open_to_everybody(path).map_err(failed)? {
        return Err(Fault::new("everybody can read `master.key`: chmod 600 it"));
    }
    MasterKey::parse(&Secret::new(fs::read_to_string(path).map_err(failed)?))
}

/// A file that only its owner can read; it must not be there yet.
pub fn write_private(path: &Path, text: &str) -> Result<(), Fault> {
    let failed = |error| Fault::while_doing(format!("write {}", path.display()), error);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
}
