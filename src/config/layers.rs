//! Flag, environment, file, default: the value of each key and where it came from. Notes every problem it meets.

use std::{
    collections::BTreeMap,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use time::Duration;
use toml::Value;

use super::{EXAMPLE, Flags, Problem, Problems, environment::Environment, file, secrets};

/// Keys that the example shows in a comment, because they have no value by default.
const WITHOUT_DEFAULT: &[&str] = &["database_url", "master_key", "tls.certificate", "tls.key"];

static DEFAULTS: LazyLock<BTreeMap<String, Value>> = LazyLock::new(|| file::flatten(EXAMPLE.parse().unwrap_or_default()));

/// Who set a value; later ones win.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layer {
    Default,
    File,
    Environment,
    Flag,
}

#[derive(Debug, Clone)]
struct Set {
    value: Value,
    layer: Layer,
    source: String,
}

#[derive(Debug)]
pub struct Layers {
    values: BTreeMap<String, Set>,
    problems: Vec<Problem>,
}

fn is_known(key: &str) -> bool {
    DEFAULTS.contains_key(key) || WITHOUT_DEFAULT.contains(&key)
}

fn is_section(name: &str) -> bool {
    let keys = DEFAULTS.keys().map(String::as_str).chain(WITHOUT_DEFAULT.iter().copied());
    keys.filter_map(|key| key.split_once('.')).any(|(section, _)| section == name)
}

impl Layers {
    pub fn read(file: Option<PathBuf>, environment: &Environment, flags: Flags) -> Result<Self, Problems> {
        let mut layers = Self { values: BTreeMap::new(), problems: Vec::new() };
        for (key, value) in DEFAULTS.iter() {
            layers.set(key, value.clone(), Layer::Default, "default".to_owned());
        }
        layers.read_file(file, environment)?;
        layers.read_environment(environment);
        for (key, value) in flags {
            layers.set(key, Value::String(value), Layer::Flag, format!("flag --{}", key.replace('_', "-")));
        }
        layers.derive_issuer();
        Ok(layers)
    }

    /// On another loopback address, a server that was given no issuer has that address for one.
    fn derive_issuer(&mut self) {
        let (Some(issuer), Some(listen)) = (self.values.get("issuer"), self.values.get("listen")) else { return };
        let address = listen.value.as_str().and_then(|text| text.parse::<SocketAddr>().ok());
        let is_derived = issuer.layer == Layer::Default && listen.layer != Layer::Default;
        if let Some(address) = address.filter(|address| is_derived && address.ip().is_loopback()) {
            let source = format!("from `listen`, {}", listen.source);
            self.values
                .insert("issuer".to_owned(), Set { value: format!("http://{address}").into(), layer: Layer::Default, source });
        }
    }

    fn read_file(&mut self, file: Option<PathBuf>, environment: &Environment) -> Result<(), Problems> {
        let named = file.or_else(|| environment.config_file());
        let path = match named {
            Some(path) => path,
            None if Path::new("keyward.toml").exists() => PathBuf::from("keyward.toml"),
            None => return Ok(()),
        };
        let name = path.display().to_string();
        let failed = |detail: String| Problems(vec![Problem { key: "config".to_owned(), source: name.clone(), detail }]);
        let text = fs::read_to_string(&path).map_err(|error| failed(format!("cannot be read: {error}")))?;
        for (key, value, line) in file::read(&text).map_err(failed)? {
            let source = format!("{name}, line {line}");
            if secrets::is_secret(&key, &value) && secrets::is_open_to_everybody(&path).unwrap_or(false) {
                self.wrong(&key, &source, "stands in a file that everybody can read: chmod 600 it");
            }
            self.set_or_read(&key, value, Layer::File, source);
        }
        Ok(())
    }

    fn read_environment(&mut self, environment: &Environment) {
        let names_database = |name: &str| matches!(name, "DATABASE_URL" | "DATABASE_URL_FILE");
        if let Some(url) = environment.get("DATABASE_URL")
            && !environment.settings().any(|(name, _)| names_database(name))
        {
            self.set("database_url", Value::String(url.to_owned()), Layer::Environment, "DATABASE_URL".to_owned());
        }
        for (name, value) in environment.settings() {
            let (key, source) = (name.to_lowercase().replace("__", "."), format!("KEYWARD_{name}"));
            if value.contains(char::REPLACEMENT_CHARACTER) {
                self.wrong(&key, &source, "is not UTF-8");
            } else {
                self.set_or_read(&key, Value::String(value.to_owned()), Layer::Environment, source);
            }
        }
    }

    /// `…_file` names a file that holds the secret.
    fn set_or_read(&mut self, key: &str, value: Value, layer: Layer, source: String) {
        match (secrets::named_by_file(key), value.as_str()) {
            (None, _) => self.set(key, value, layer, source),
            (Some(_), None) => self.wrong(key, &source, "must be text"),
            (Some(secret), Some(path)) => match secrets::read(Path::new(path)) {
                Ok(text) => self.set(secret, Value::String(text), layer, source),
                Err(detail) => self.wrong(key, &source, &detail),
            },
        }
    }

    fn set(&mut self, key: &str, value: Value, layer: Layer, source: String) {
        if value.is_table() && is_section(key) {
            return;
        }
        if !is_known(key) {
            return self.wrong(key, &source, "is not a setting");
        }
        if let Some(other) = self.values.get(key).filter(|other| other.layer == layer) {
            let detail = format!("is set a second time, after {}", other.source);
            return self.wrong(key, &source, &detail);
        }
        self.values.insert(key.to_owned(), Set { value, layer, source });
    }

    /// A problem with something that was set there.
    pub fn wrong(&mut self, key: &str, source: &str, detail: &str) {
        self.problems.push(Problem { key: key.to_owned(), source: source.to_owned(), detail: detail.to_owned() });
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

    /// Every key with its value in force and where that comes from; secrets masked. It can be read as a configuration file.
    pub fn dump(&self) -> String {
        let line = |(key, set): (&String, &Set)| {
            let value = if secrets::KEYS.contains(&key.as_str()) { "\"…\"".to_owned() } else { set.value.to_string() };
            format!("{key} = {value}    # {}\n", set.source)
        };
        let unset = WITHOUT_DEFAULT.iter().filter(|key| !self.is_set(key)).map(|key| format!("# {key} is not set\n"));
        self.values.iter().map(line).chain(unset).collect()
    }
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
