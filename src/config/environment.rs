//! The environment, read once where the program starts; tests bring their own.

use std::{collections::BTreeMap, path::PathBuf};

#[derive(Debug, Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Of this process. Variables that are not text are left out.
    pub fn of_process() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
        let variables = std::env::vars_os();
        Self(variables.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))).collect())
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

    /// Variables that mean settings: `KEYWARD_…` but for `KEYWARD_CONFIG`.
    pub(super) fn settings(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        all.filter_map(|(name, value)| Some((name.strip_prefix("KEYWARD_")?, value)))
            .filter(|(name, _)| *name != "CONFIG" && !name.starts_with("TEST_"))
    }
}
