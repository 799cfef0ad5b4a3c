//! Where in a document the columns' values are, and one walk over the document that collects them all.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::paths::{Path, Step};
use crate::copy::load_error::Reject;

/// The part of a document that somebody asks for; everything else is passed over.
#[derive(Debug, Default)]
pub(crate) struct Shape {
    /// The columns that take the value here.
    columns: Vec<usize>,
    keys: HashMap<String, Shape>,
    items: BTreeMap<usize, Shape>,
    ignores_case: bool,
}

impl Shape {
    /// 'auto': a key is a column's name, which is in lower case. Where case is ignored, keys that differ in nothing else
    /// are one key, and the last of them counts; the guide does not say which does.
    pub(crate) fn of_names<'a>(names: impl Iterator<Item = &'a str>, ignores_case: bool) -> Self {
        let mut keys: HashMap<String, Self> = HashMap::new();
        for (column, name) in names.enumerate() {
            let name = if ignores_case { name.to_lowercase() } else { name.to_owned() };
            // With enable_case_sensitive_identifier, two columns may differ in nothing else.
            keys.entry(name).or_default().columns.push(column);
        }
        Self { keys, ignores_case, ..Self::default() }
    }

    /// One path for each column.
    pub(crate) fn of_paths(paths: &[Path]) -> Self {
        let mut shape = Self::default();
        for (column, path) in paths.iter().enumerate() {
            let place = path.0.iter().fold(&mut shape, |place, step| match step {
                Step::Key(key) => place.keys.entry(key.clone()).or_default(),
                Step::Index(index) => place.items.entry(*index).or_default(),
            });
            place.columns.push(column);
        }
        shape
    }

    pub(crate) fn fill<'s, 'f, 'de>(&'s self, found: &'f mut Found<'de>) -> Fill<'s, 'f, 'de> {
        Fill { shape: self, found }
    }

    fn key(&self, key: &str) -> Option<&Self> {
        if self.ignores_case { self.keys.get(&key.to_lowercase()) } else { self.keys.get(key) }
    }

    fn is_leaf(&self) -> bool {
        self.keys.is_empty() && self.items.is_empty()
    }
}

/// The values found so far. What is absent is NULL.
#[derive(Debug)]
pub(crate) struct Found<'de> {
    values: Vec<Option<&'de RawValue>>,
    fault: Option<&'static str>,
}

impl<'de> Found<'de> {
    pub(crate) fn new(columns: usize) -> Self {
        Self { values: vec![None; columns], fault: None }
    }

    pub(crate) fn settle(self) -> Result<Vec<Option<&'de RawValue>>, Reject> {
        self.fault.map_or(Ok(self.values), |fault| Err(Reject::new(1216, fault)))
    }
}

const NOT_AN_ARRAY: &str = "Invalid JSONPath format: Not an array or index out of range.";
const NOT_AN_OBJECT: &str = "Invalid JSONPath format: Member is not an object.";

/// Fills in what a value holds of a shape.
pub(crate) struct Fill<'s, 'f, 'de> {
    shape: &'s Shape,
    found: &'f mut Found<'de>,
}

impl<'de> DeserializeSeed<'de> for Fill<'_, '_, 'de> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.shape.columns.is_empty() {
            return deserializer.deserialize_any(self);
        }
        let raw = <&'de RawValue>::deserialize(deserializer)?;
        for &column in &self.shape.columns {
            self.found.values[column] = Some(raw);
        }
        if self.shape.is_leaf() {
            return Ok(());
        }
        let mut again = serde_json::Deserializer::from_str(raw.get());
        serde::Deserializer::deserialize_any(&mut again, self).map_err(serde::de::Error::custom)
    }
}

impl Fill<'_, '_, '_> {
    /// A value that has no parts.
    fn scalar<E>(self) -> Result<(), E> {
        self.found.fault = Some(if self.shape.keys.is_empty() { NOT_AN_ARRAY } else { NOT_AN_OBJECT });
        Ok(())
    }
}

impl<'de> Visitor<'de> for Fill<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object or an array")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        if !self.shape.items.is_empty() {
            self.found.fault = Some(NOT_AN_ARRAY);
        }
        while let Some(Key(key)) = map.next_key()? {
            match self.shape.key(&key) {
                Some(shape) => map.next_value_seed(shape.fill(self.found))?,
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        if !self.shape.keys.is_empty() {
            self.found.fault = Some(NOT_AN_OBJECT);
        }
        let mut length = 0;
        loop {
            let more = match self.shape.items.get(&length) {
                Some(shape) => items.next_element_seed(shape.fill(self.found))?.is_some(),
                None => items.next_element::<IgnoredAny>()?.is_some(),
            };
            if !more {
                break;
            }
            length += 1;
        }
        if self.shape.items.last_key_value().is_some_and(|(last, _)| *last >= length) {
            self.found.fault = Some(NOT_AN_ARRAY);
        }
        Ok(())
    }

    /// `null` has no parts either, but nothing is wrong with that: they are NULL.
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        self.scalar()
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        self.scalar()
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        self.scalar()
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        self.scalar()
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        self.scalar()
    }
}

/// A key, borrowed from the document unless it has escapes in it.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);
