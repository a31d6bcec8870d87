//! The environment, read once where the program starts; tests bring their own.

use std::{collections::BTreeMap, path::PathBuf};

#[derive(Debug, Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Of this process. What is not UTF-8 is kept with U+FFFD in it, so that a setting of ours can be refused by name.
    pub fn of_process() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
        let variables = std::env::vars_os();
        let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
        Self(variables.map(|(name, value)| (text(name), text(value))).collect())
    }

    pub fn of(variables: &[(&str, &str)]) -> Self {
        Self(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The file that `KEYWARD_CONFIG` names.
    pub fn config_file(&self) -> Option<PathBuf> {
        self.get("KEYWARD_CONFIG").map(PathBuf::from)
    }

    /// Variables that mean settings: `KEYWARD_…` but for `KEYWARD_CONFIG` and those of the tests.
    pub(super) fn settings(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        all.filter_map(|(name, value)| Some((name.strip_prefix("KEYWARD_")?, value)))
            .filter(|(name, _)| *name != "CONFIG" && !name.starts_with("TEST_"))
    }
}
