//! JSON objects, strictly read: `serde_json` alone would keep the last of repeated members, and take an array for a struct.

use std::{collections::BTreeSet, fmt};

use serde::{
    Deserializer,
    de::{DeserializeOwned, DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor},
};

/// Nothing of ours needs more. What is kept within another document stays far from the limit of its reader.
const DEEPEST: u8 = 32;

/// None for anything but one JSON object, of that shape, in which no object names a member twice.
pub fn object<T: DeserializeOwned>(text: &[u8]) -> Option<T> {
    read(text).ok()
}

/// Why a text is not the object it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// Not one JSON object, or one that names a member twice or is nested too deep.
    NoObject,
    /// A member has another type or value, is missing, or is none that there is.
    Member { path: String, detail: String },
}

/// The same, and what is wrong.
pub fn read<T: DeserializeOwned>(text: &[u8]) -> Result<T, Unreadable> {
    if !text.trim_ascii_start().starts_with(b"{") {
        return Err(Unreadable::NoObject);
    }
    let plain = Plain(DEEPEST).deserialize(&mut serde_json::Deserializer::from_slice(text));
    plain.map_err(|_| Unreadable::NoObject)?;
    let mut reader = serde_json::Deserializer::from_slice(text);
    let read = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let said = error.inner().to_string();
        Unreadable::member(&error.path().to_string(), said.split(" at line ").next().unwrap_or_default())
    })?;
    reader.end().map_err(|_| Unreadable::NoObject)?;
    Ok(read)
}

impl Unreadable {
    /// From what serde says: a member that is missing or unknown is named in the message only.
    pub fn member(path: &str, said: &str) -> Self {
        let quoted = said.split('`').nth(1).unwrap_or_default();
        let (is_missing, is_unknown) = (said.starts_with("missing field"), said.starts_with("unknown field"));
        let inner = |path: &str| if path == "." || path.is_empty() { quoted.to_owned() } else { format!("{path}.{quoted}") };
        let (path, detail) = if is_missing {
            (inner(path), "must be there".to_owned())
        } else if is_unknown {
            let is_named = path.rsplit('.').next() == Some(quoted);
            (if is_named { path.to_owned() } else { inner(path) }, "is no member that there is".to_owned())
        } else if said.starts_with("duplicate field") {
            (inner(path), "is given twice".to_owned())
        } else {
            // What was there instead may be a secret, and is not repeated.
            let detail = said.split_once(", expected ").map(|(_, expected)| format!("must be {expected}"));
            (path.to_owned(), detail.unwrap_or_else(|| said.to_owned()))
        };
        Self::Member { path, detail }
    }
}

/// Any JSON in which no object names a member twice, and nothing is nested deeper than so many levels.
#[derive(Clone, Copy)]
struct Plain(u8);

impl Plain {
    fn inner<E: serde::de::Error>(self) -> Result<Self, E> {
        self.0.checked_sub(1).map(Self).ok_or_else(|| E::custom("is nested too deep"))
    }
}

impl<'de> DeserializeSeed<'de> for Plain {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Plain {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }
    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }
    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }
    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }
    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let inner = self.inner()?;
        while items.next_element_seed(inner)?.is_some() {}
        Ok(())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let (inner, mut names) = (self.inner()?, BTreeSet::new());
        while let Some(name) = members.next_key::<String>()? {
            members.next_value_seed(inner)?;
            if !names.insert(name) {
                return Err(A::Error::custom("a member is repeated"));
            }
        }
        Ok(())
    }
}
