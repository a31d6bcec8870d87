//! Secrets that an operator brings: which keys they are, and that no file that holds one can be read by everybody.

use std::{fs, io, os::unix::fs::PermissionsExt, path::Path};

use toml::Value;
use url::Url;

/// Keys whose value is never shown, and may come from a file that the key with `_file` behind it names.
pub const KEYS: &[&str] = &["master_key", "database_url"];

/// The key whose secret the file is to be read for.
pub fn named_by_file(key: &str) -> Option<&str> {
    key.strip_suffix("_file").filter(|key| KEYS.contains(key))
}

/// Is this a value that nobody else may know? A database URL is one when it has a password.
pub fn is_secret(key: &str, value: &Value) -> bool {
    let has_password =
        |url: &str| url.contains("password=") || Url::parse(url).map_or(url.contains('@'), |url| url.password().is_some());
    match key {
        "master_key" => true,
        "database_url" => value.as_str().is_some_and(has_password),
        _ => false,
    }
}

pub fn read(path: &Path) -> Result<String, String> {
    if is_open_to_everybody(path).map_err(unreadable)? {
        return Err(format!("names {}, which everybody can read: chmod 600 it", path.display()));
    }
    fs::read_to_string(path).map(|text| text.trim_end().to_owned()).map_err(unreadable)
}

fn unreadable(error: io::Error) -> String {
    format!("names a file that cannot be read: {error}")
}

pub fn is_open_to_everybody(path: &Path) -> io::Result<bool> {
    Ok(fs::metadata(path)?.permissions().mode() & 0o007 != 0)
}
