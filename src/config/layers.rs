//! Flag, environment, file, default: the value of each key and where it came from. Notes every problem it meets.

use std::{collections::BTreeMap, fs, os::unix::fs::PermissionsExt, path::PathBuf, sync::LazyLock};

use time::Duration;
use toml::{Table, Value};

use crate::model::secret::Secret;

use super::{EXAMPLE, Flags, Problem, Problems, environment::Environment};

/// Keys that the example shows in a comment, because they have no value by default.
const WITHOUT_DEFAULT: &[&str] = &["database_url", "master_key", "tls.certificate", "tls.key"];
/// Keys whose value may come from a file that the key with `_FILE` names, and is never shown.
pub const SECRETS: &[&str] = &["master_key", "database_url"];

static DEFAULTS: LazyLock<BTreeMap<String, Value>> = LazyLock::new(|| flatten(EXAMPLE.parse().unwrap_or_default()));

#[derive(Debug, Clone)]
struct Set {
    value: Value,
    source: String,
}

#[derive(Debug)]
pub struct Layers {
    values: BTreeMap<String, Set>,
    problems: Vec<Problem>,
}

/// `section.key` → value.
fn flatten(table: Table) -> BTreeMap<String, Value> {
    let mut flat = BTreeMap::new();
    for (name, value) in table {
        match value {
            Value::Table(section) => flat.extend(section.into_iter().map(|(key, value)| (format!("{name}.{key}"), value))),
            value => drop(flat.insert(name, value)),
        }
    }
    flat
}

fn is_known(key: &str) -> bool {
    DEFAULTS.contains_key(key) || WITHOUT_DEFAULT.contains(&key)
}

impl Layers {
    pub fn read(file: Option<PathBuf>, environment: &Environment, flags: Flags) -> Result<Self, Problems> {
        let mut layers = Self { values: BTreeMap::new(), problems: Vec::new() };
        for (key, value) in DEFAULTS.iter() {
            layers.values.insert(key.clone(), Set { value: value.clone(), source: "default".to_owned() });
        }
        layers.read_file(file, environment)?;
        layers.read_environment(environment);
        for (key, value) in flags {
            layers.set(key, Value::String(value), format!("flag --{}", key.replace('_', "-")));
        }
        Ok(layers)
    }

    fn read_file(&mut self, file: Option<PathBuf>, environment: &Environment) -> Result<(), Problems> {
        let named = file.or_else(|| environment.config_file());
        let path = match named {
            Some(path) => path,
            None if PathBuf::from("keyward.toml").exists() => PathBuf::from("keyward.toml"),
            None => return Ok(()),
        };
        let source = path.display().to_string();
        let failed = |detail: String| Problems(vec![Problem { key: "config".to_owned(), source: source.clone(), detail }]);
        let text = fs::read_to_string(&path).map_err(|error| failed(format!("cannot be read: {error}")))?;
        // The parser's own words name line and column.
        let table: Table = text.parse().map_err(|error: toml::de::Error| failed(format!("is not TOML: {error}")))?;
        for (key, value) in flatten(table) {
            self.set(&key, value, source.clone());
        }
        Ok(())
    }

    fn read_environment(&mut self, environment: &Environment) {
        if let Some(url) = environment.get("DATABASE_URL") {
            self.set("database_url", Value::String(url.to_owned()), "DATABASE_URL".to_owned());
        }
        for (name, value) in environment.settings() {
            let key = name.to_lowercase().replace("__", ".");
            let source = format!("KEYWARD_{name}");
            match key.strip_suffix("_file").filter(|key| SECRETS.contains(key)) {
                Some(secret) => self.set_from_file(secret, value, source),
                None => self.set(&key, Value::String(value.to_owned()), source),
            }
        }
    }

    fn set_from_file(&mut self, key: &str, path: &str, source: String) {
        match read_secret_file(path) {
            Ok(text) => self.set(key, Value::String(text), source),
            Err(detail) => self.problems.push(Problem { key: key.to_owned(), source, detail }),
        }
    }

    fn set(&mut self, key: &str, value: Value, source: String) {
        if is_known(key) {
            self.values.insert(key.to_owned(), Set { value, source });
        } else {
            self.problems.push(Problem { key: key.to_owned(), source, detail: "is not a setting".to_owned() });
        }
    }

    /// A problem with the value that is in force.
    pub fn note(&mut self, key: &str, detail: impl Into<String>) {
        let source = self.values.get(key).map_or_else(|| "not set".to_owned(), |set| set.source.clone());
        self.problems.push(Problem { key: key.to_owned(), source, detail: detail.into() });
    }

    pub fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    /// Text as it stands; numbers are printed.
    pub fn text(&mut self, key: &str) -> Option<String> {
        match self.values.get(key).map(|set| &set.value) {
            None => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Integer(number)) => Some(number.to_string()),
            Some(_) => {
                self.note(key, "must be text");
                None
            }
        }
    }

    pub fn secret(&mut self, key: &str) -> Option<Secret> {
        self.text(key).map(Secret::new)
    }

    pub fn parsed<T>(&mut self, key: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let text = self.text(key)?;
        parse(&text).map_err(|detail| self.note(key, detail)).ok()
    }

    /// A span such as `90s`, `15m`, `12h`, `30d`; longer than nothing.
    pub fn span(&mut self, key: &str) -> Option<Duration> {
        self.parsed(key, |text| {
            let span = humantime::parse_duration(text).map_err(|_| "must be a span such as 90s, 15m, 12h or 30d".to_owned())?;
            let span = Duration::try_from(span).map_err(|_| "is too long".to_owned())?;
            let is_sensible = span >= Duration::SECOND && span <= Duration::days(3650);
            is_sensible.then_some(span).ok_or_else(|| "must be between one second and ten years".to_owned())
        })
    }

    pub fn number(&mut self, key: &str, least: u32, most: u32) -> Option<u32> {
        self.parsed(key, |text| {
            let number = text.parse::<u32>().ok().filter(|number| (least..=most).contains(number));
            number.ok_or_else(|| format!("must be a whole number from {least} to {most}"))
        })
    }

    /// An array of texts, or one text with commas.
    pub fn list(&mut self, key: &str) -> Option<Vec<String>> {
        let value = self.values.get(key).map(|set| set.value.clone())?;
        let items: Option<Vec<String>> = match value {
            Value::String(text) => {
                Some(text.split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect())
            }
            Value::Array(items) => items.into_iter().map(|item| item.as_str().map(str::to_owned)).collect(),
            _ => None,
        };
        if items.is_none() {
            self.note(key, "must be a list of texts");
        }
        items
    }

    pub fn is_set(&self, key: &str) -> bool {
        self.values.contains_key(key)
    }

    /// Every key with its value in force and where that comes from; secrets masked.
    pub fn dump(&self) -> String {
        let line = |(key, set): (&String, &Set)| {
            let value = if SECRETS.contains(&key.as_str()) { "\"…\"".to_owned() } else { set.value.to_string() };
            format!("{key} = {value}    # {}\n", set.source)
        };
        self.values.iter().map(line).collect()
    }
}

fn read_secret_file(path: &str) -> Result<String, String> {
    let unreadable = |error: std::io::Error| format!("names a file that cannot be read: {error}");
    let mode = fs::metadata(path).map_err(unreadable)?.permissions().mode();
    if mode & 0o007 != 0 {
        return Err("names a file that everybody can read: chmod 600 it".to_owned());
    }
    fs::read_to_string(path).map(|text| text.trim_end().to_owned()).map_err(unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_without_a_default_stands_in_the_example_all_the_same() {
        for key in WITHOUT_DEFAULT {
            let (_, name) = key.rsplit_once('.').unwrap_or(("", key));
            assert!(EXAMPLE.contains(&format!("# {name} = ")), "{key}");
        }
    }
}
