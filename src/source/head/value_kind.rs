//! What the values of a field have in common: enough to say which column would take them.

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// What the values that were met under one name are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    /// None of them says more.
    Null,
    Boolean,
    /// Within 64 bits.
    Integer,
    Float,
    Date,
    /// A date and a time, without an offset.
    Timestamp,
    /// An instant.
    TimestampTz,
    Text,
    /// An object or an array.
    Nested,
}

impl ValueKind {
    /// What values of either kind are.
    pub fn join(self, other: Self) -> Self {
        match (self, other) {
            (one, another) if one == another => one,
            (Self::Null, kind) | (kind, Self::Null) => kind,
            (Self::Nested, _) | (_, Self::Nested) => Self::Nested,
            (Self::Integer | Self::Float, Self::Integer | Self::Float) => Self::Float,
            (Self::Date | Self::Timestamp, Self::Date | Self::Timestamp) => Self::Timestamp,
            (
                Self::Date | Self::Timestamp | Self::TimestampTz,
                Self::Date | Self::Timestamp | Self::TimestampTz,
            ) => Self::TimestampTz,
            _ => Self::Text,
        }
    }

    /// The word of a table config for a column that takes such values. Texts may be longer than those that were met, and COPY
    /// would cut them in silence.
    pub fn type_word(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Integer => "bigint",
            Self::Float => "float",
            Self::Date => "date",
            Self::Timestamp => "timestamp",
            Self::TimestampTz => "timestamptz",
            Self::Null | Self::Text => "longtext",
            Self::Nested => "super",
        }
    }

    fn of_text(text: &str) -> Self {
        // No date has more characters.
        let is_short = text.len() <= 40;
        if !is_short {
            Self::Text
        } else if DateTime::parse_from_rfc3339(text).is_ok() {
            Self::TimestampTz
        } else if is_wall_time(text) {
            Self::Timestamp
        } else if text.len() == 10 && NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok() {
            Self::Date
        } else {
            Self::Text
        }
    }
}

fn is_wall_time(text: &str) -> bool {
    ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"]
        .iter()
        .any(|format| NaiveDateTime::parse_from_str(text, format).is_ok())
}

/// Of one value of JSON.
impl<'de> Deserialize<'de> for ValueKind {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        value.deserialize_any(OneValue)
    }
}

struct OneValue;

impl<'de> Visitor<'de> for OneValue {
    type Value = ValueKind;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<ValueKind, E> {
        Ok(ValueKind::Null)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<ValueKind, E> {
        Ok(ValueKind::Boolean)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<ValueKind, E> {
        Ok(ValueKind::Integer)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<ValueKind, E> {
        Ok(if i64::try_from(number).is_ok() { ValueKind::Integer } else { ValueKind::Float })
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<ValueKind, E> {
        Ok(ValueKind::Float)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<ValueKind, E> {
        Ok(ValueKind::of_text(text))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ValueKind, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(ValueKind::Nested)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<ValueKind, A::Error> {
        while values.next_element::<IgnoredAny>()?.is_some() {}
        Ok(ValueKind::Nested)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(values: &str) -> &'static str {
        let values: Vec<ValueKind> = serde_json::from_str(values).unwrap();
        values.into_iter().fold(ValueKind::Null, ValueKind::join).type_word()
    }

    #[test]
    fn the_type_takes_every_value_that_was_met() {
        for (values, expected) in [
            ("[null]", "longtext"),
            ("[true, null, false]", "boolean"),
            ("[1, -9223372036854775808]", "bigint"),
            ("[1, 2.5]", "float"),
            ("[18446744073709551615, 1e40]", "float"),
            (r#"["2015-07-01", null]"#, "date"),
            (r#"["2015-07-01", "2015-07-01 10:00:00"]"#, "timestamp"),
            (r#"["2015-07-01 10:00:00", "2015-07-01T10:00:00Z"]"#, "timestamptz"),
            (r#"["2015-07-01 10:00:00.123456"]"#, "timestamp"),
            (r#"["2015-07-01T10:00:00+02:00", "2015-07-01"]"#, "timestamptz"),
            (r#"["2015-13-01"]"#, "longtext"),
            // Digits are no dates, whatever a lenient parser makes of them.
            (r#"["112312", "20150701", "1435708800"]"#, "longtext"),
            ("[1435708800, 20150701]", "bigint"),
            (r#"["10:00:00", "2015-07", "P1D"]"#, "longtext"),
            (r#"["2015-07-01T10:00:00Z", "yesterday"]"#, "longtext"),
            (r#"[1, "one"]"#, "longtext"),
            ("[true, 1]", "longtext"),
            (r#"[{"a": 1}, "x", null]"#, "super"),
            ("[[1, [2]]]", "super"),
        ] {
            assert_eq!(word(values), expected, "{values}");
        }
    }
}
