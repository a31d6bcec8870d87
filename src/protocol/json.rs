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
    if !text.trim_ascii_start().starts_with(b"{") {
        return None;
    }
    Plain(DEEPEST).deserialize(&mut serde_json::Deserializer::from_slice(text)).ok()?;
    serde_json::from_slice(text).ok()
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
