//! The instant that a data file stands for.

use std::fmt;
use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike, SecondsFormat, Timelike, Utc};

use crate::model::shown::excerpt;

/// The years that have four digits in SQL as well: an offset takes dates beyond them.
pub(in crate::model) const YEARS: RangeInclusive<i32> = 1..=9999;

/// The date in a data file's name. Dates compare as instants: `12:00+02:00` and `10:00Z` are one data date.
///
/// A `DataDate` is never rendered back into an object key: keys are kept verbatim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DataDate(DateTime<Utc>);

/// The text is no RFC 3339 date-time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not an RFC 3339 date such as 2015-07-01T00:00:00Z", excerpt(.0))]
pub struct InvalidDataDate(String);

impl DataDate {
    pub fn parse(text: &str) -> Result<Self, InvalidDataDate> {
        // chrono also takes a space for the `T`, which RFC 3339 leaves to applications; a file name does not.
        let has_time_separator = text.as_bytes().get(10).is_some_and(|byte| byte.eq_ignore_ascii_case(&b'T'));
        match DateTime::parse_from_rfc3339(text) {
            Ok(instant) if has_time_separator => Ok(Self(instant.with_timezone(&Utc))),
            _ => Err(InvalidDataDate(text.to_owned())),
        }
    }

    pub fn from_instant(instant: DateTime<Utc>) -> Self {
        Self(instant)
    }

    pub fn instant(self) -> DateTime<Utc> {
        self.0
    }

    /// Whether a column can hold it, and SQL say it: with the years 1 to 9999, microseconds, and no leap seconds.
    pub fn is_held_by_columns(self) -> bool {
        // A leap second is a second of more than a billion nanoseconds, in this clock.
        let nanoseconds = self.0.nanosecond();
        let is_held = nanoseconds.is_multiple_of(1000) && nanoseconds < 1_000_000_000;
        is_held && YEARS.contains(&self.0.year())
    }
}

impl fmt::Display for DataDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_of_one_instant_are_one_date() {
        let offset = DataDate::parse("2015-07-01T02:00:00+02:00").unwrap();
        assert_eq!(offset, DataDate::parse("2015-07-01T00:00:00Z").unwrap());
        assert_eq!(offset.to_string(), "2015-07-01T00:00:00Z");
    }

    #[test]
    fn anything_but_rfc_3339_is_refused() {
        for text in ["2015-07-01", "2015-07-01 00:00:00Z", "2015-13-01T00:00:00Z", "2015-07-01T00:00:00", ""]
        {
            assert!(DataDate::parse(text).is_err(), "{text}");
        }
    }
}
