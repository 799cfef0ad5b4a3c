//! What the values of a field have in common: enough to say which column would take them.

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Bytes that a column of type `text` takes; a longer value would be cut.
const TEXT: usize = 256;

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
    /// A date and a time, without an offset or with that of UTC.
    Timestamp,
    TimestampTz,
    Text {
        /// Bytes of the longest value that was met.
        longest: usize,
    },
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
            (one, another) => Self::Text { longest: one.longest().max(another.longest()) },
        }
    }

    /// The word of a table config for a column that takes such values.
    pub fn type_word(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Integer => "bigint",
            Self::Float => "float",
            Self::Date => "date",
            Self::Timestamp => "timestamp",
            Self::TimestampTz => "timestamptz",
            Self::Text { longest } if longest > TEXT => "longtext",
            Self::Null | Self::Text { .. } => "text",
            Self::Nested => "super",
        }
    }

    fn of_text(text: &str) -> Self {
        // No date has more characters.
        let is_short = text.len() <= 40;
        let offset = DateTime::parse_from_rfc3339(text).ok().filter(|_| is_short);
        match offset.map(|at| at.offset().local_minus_utc()) {
            Some(0) => Self::Timestamp,
            Some(_) => Self::TimestampTz,
            None if is_short && is_wall_time(text) => Self::Timestamp,
            None if text.len() == 10 && NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok() => Self::Date,
            None => Self::Text { longest: text.len() },
        }
    }

    /// Bytes of such a value as text; of numbers and dates more than they have.
    fn longest(self) -> usize {
        match self {
            Self::Text { longest } => longest,
            _ => 40,
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
            ("[null]", "text"),
            ("[true, null, false]", "boolean"),
            ("[1, -9223372036854775808]", "bigint"),
            ("[1, 2.5]", "float"),
            ("[18446744073709551615, 1e40]", "float"),
            (r#"["2015-07-01", null]"#, "date"),
            (r#"["2015-07-01", "2015-07-01T10:00:00Z"]"#, "timestamp"),
            (r#"["2015-07-01 10:00:00.123456"]"#, "timestamp"),
            (r#"["2015-07-01T10:00:00+02:00", "2015-07-01"]"#, "timestamptz"),
            (r#"["2015-13-01"]"#, "text"),
            // Digits are no dates, whatever a lenient parser makes of them.
            (r#"["112312", "20150701", "1435708800"]"#, "text"),
            ("[1435708800, 20150701]", "bigint"),
            (r#"["10:00:00", "2015-07", "P1D"]"#, "text"),
            (r#"["2015-07-01T10:00:00Z", "yesterday"]"#, "text"),
            (r#"[1, "one"]"#, "text"),
            ("[true, 1]", "text"),
            (r#"[{"a": 1}, "x", null]"#, "super"),
            ("[[1, [2]]]", "super"),
        ] {
            assert_eq!(word(values), expected, "{values}");
        }
        let long = format!("[\"{}\", 1]", "x".repeat(TEXT + 1));
        assert_eq!(word(&long), "longtext");
        assert_eq!(word(&format!("[\"{}\"]", "x".repeat(TEXT))), "text");
    }
}
