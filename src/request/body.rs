//! The body of a message as JSON: its fields, each once.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// What a message body is.
pub(super) enum Body {
    Object(Fields),
    /// Another JSON value.
    Other,
}

/// The fields of an object.
#[derive(Default)]
pub(super) struct Fields {
    /// With the first of their values.
    pub(super) values: BTreeMap<String, Value>,
    /// Names of fields that stand there again; `serde_json`'s own map would keep the last value and say nothing.
    pub(super) repeated: Vec<String>,
}

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(BodyVisitor)
    }
}

struct BodyVisitor;

impl<'de> Visitor<'de> for BodyVisitor {
    type Value = Body;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Body, A::Error> {
        let mut fields = Fields::default();
        // Names arrive without their escapes, so `t\u0061bles` is `tables`.
        while let Some(name) = object.next_key::<String>()? {
            match fields.values.entry(name) {
                Entry::Vacant(field) => {
                    field.insert(object.next_value()?);
                }
                Entry::Occupied(field) => {
                    object.next_value::<IgnoredAny>()?;
                    fields.repeated.push(field.key().clone());
                }
            }
        }
        Ok(Body::Object(fields))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Body, A::Error> {
        while array.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Body::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Body, E> {
        Ok(Body::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Body, E> {
        Ok(Body::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Body, E> {
        Ok(Body::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Body, E> {
        Ok(Body::Other)
    }

    fn visit_str<E>(self, _: &str) -> Result<Body, E> {
        Ok(Body::Other)
    }

    fn visit_unit<E>(self) -> Result<Body, E> {
        Ok(Body::Other)
    }
}
