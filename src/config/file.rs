//! The configuration file: TOML in, each key with its value and its line out.

use std::collections::BTreeMap;

use toml::{Table, Value, de::DeTable};

/// `section.key` → value. A section without keys stands for itself, so that its name is looked at too.
pub fn flatten(table: Table) -> BTreeMap<String, Value> {
    let mut flat = BTreeMap::new();
    for (name, value) in table {
        match value {
            Value::Table(section) if !section.is_empty() => {
                flat.extend(section.into_iter().map(|(key, value)| (format!("{name}.{key}"), value)));
            }
            value => drop(flat.insert(name, value)),
        }
    }
    flat
}

/// Each key with its value and line. What is wrong is told without the text that stands there: it may be a secret.
pub fn read(text: &str) -> Result<Vec<(String, Value, usize)>, String> {
    let failed = |error: toml::de::Error| {
        let at = error.span().map(|span| format!(" at line {}", line(text, span.start))).unwrap_or_default();
        // Between backquotes the library repeats what it found.
        let said: String = error.message().split('`').step_by(2).collect::<Vec<_>>().join("…");
        format!("is not TOML: {said}{at}")
    };
    let lines = lines(text, DeTable::parse(text).map_err(failed)?.get_ref());
    let values = flatten(text.parse().map_err(failed)?);
    Ok(values.into_iter().map(|(key, value)| (key.clone(), value, lines.get(&key).copied().unwrap_or(1))).collect())
}

fn lines(text: &str, table: &DeTable<'_>) -> BTreeMap<String, usize> {
    let mut lines = BTreeMap::new();
    for (name, value) in table {
        lines.insert(name.get_ref().to_string(), line(text, name.span().start));
        for (key, _) in value.get_ref().as_table().into_iter().flatten() {
            lines.insert(format!("{}.{}", name.get_ref(), key.get_ref()), line(text, key.span().start));
        }
    }
    lines
}

fn line(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}
