//! The date in a key, in a format of chrono's.

use std::borrow::Cow;

use chrono::format::{Fixed, Item, Numeric, Pad, Parsed, StrftimeItems};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use percent_encoding::percent_decode_str;

use crate::model::data_date::DataDate;
use crate::model::routed_date::RoutedDate;
use crate::model::shown::excerpt;

/// How the date of a key is written.
#[derive(Debug, Clone)]
pub(super) struct DatePart {
    items: Vec<Item<'static>>,
}

impl DatePart {
    /// Reads a format such as `%Y-%m-%d`. What it leaves out of the end is the first: January, the 1st, midnight.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub(super) fn parse(format: &str) -> Result<Self, String> {
        let wrong = || format!("`{}` is no date format such as %Y-%m-%d", excerpt(format));
        let items: Vec<Item<'static>> = StrftimeItems::new(format).map(Item::to_owned).collect();
        if items.is_empty() || items.contains(&Item::Error) {
            return Err(wrong());
        }
        let part = Self { items };
        for item in &part.items {
            if letters_of(item).is_none() {
                return Err(format!(
                    "`{}` is a date format with a part that no key can be told from: use %Y %m %d %H %M %S %j %b %s %z",
                    excerpt(format)
                ));
            }
        }
        // What it writes, it must be able to read.
        let sample = sample();
        let written = sample.format_with_items(part.items.iter()).to_string();
        part.read(&written).map_err(|_| format!("{}: it does not tell the year", wrong()))?;
        Ok(part)
    }

    /// The regular expression of the texts that it may read.
    pub(super) fn expression(&self) -> String {
        self.items.iter().filter_map(letters_of).collect()
    }

    /// Reads a text as it stands, or as the value of a Hive partition, of which some characters are escaped.
    ///
    /// # Errors
    /// When the text is of no date, as the 31st of April.
    pub(super) fn read(&self, text: &str) -> Result<RoutedDate, String> {
        self.read_plain(text).or_else(|no_date| self.read_plain(&unescaped(text)).map_err(|_| no_date))
    }

    fn read_plain(&self, text: &str) -> Result<RoutedDate, String> {
        let no_date = || format!("`{}` is no date", excerpt(text));
        let mut parsed = Parsed::new();
        chrono::format::parse(&mut parsed, text, self.items.iter()).map_err(|_| no_date())?;
        if let Some(seconds) = parsed.timestamp() {
            let instant = DateTime::<Utc>::from_timestamp(seconds, 0).ok_or_else(no_date)?;
            return Ok(RoutedDate::Instant(DataDate::from_instant(instant)));
        }
        let date = date_of(&parsed).ok_or_else(no_date)?;
        let wall = date.and_time(time_of(parsed.clone()).ok_or_else(no_date)?);
        let Some(offset) = parsed.offset() else { return Ok(RoutedDate::Wall(wall)) };
        let offset = chrono::FixedOffset::east_opt(offset).ok_or_else(no_date)?;
        let instant = wall.and_local_timezone(offset).single().ok_or_else(no_date)?;
        Ok(RoutedDate::Instant(DataDate::from_instant(instant.to_utc())))
    }
}

/// With the first month and day where it tells none.
fn date_of(parsed: &Parsed) -> Option<NaiveDate> {
    let mut parsed = parsed.clone();
    let counts_otherwise = parsed.ordinal().is_some() || parsed.isoweek().is_some();
    if !counts_otherwise && parsed.year().or(parsed.year_mod_100()).is_some() {
        if parsed.month().is_none() {
            parsed.set_month(1).ok()?;
        }
        if parsed.day().is_none() {
            parsed.set_day(1).ok()?;
        }
    }
    parsed.to_naive_date().ok()
}

/// With zeros where it tells none.
fn time_of(mut parsed: Parsed) -> Option<NaiveTime> {
    if parsed.hour_mod_12().is_none() {
        return Some(NaiveTime::MIN);
    }
    if parsed.minute().is_none() {
        parsed.set_minute(0).ok()?;
    }
    parsed.to_naive_time().ok()
}

fn sample() -> DateTime<Utc> {
    DateTime::from_timestamp(981_173_106, 0).expect("the 3rd of February 2001 is a date")
}

/// What may stand in a key for an item of a format; `None` where nobody can tell its end.
fn letters_of(item: &Item<'_>) -> Option<String> {
    let digits = |count: &str| Some(format!("[0-9]{{{count}}}"));
    match item {
        Item::Literal(text) | Item::Space(text) => Some(plain_or_escaped(text)),
        Item::OwnedLiteral(text) | Item::OwnedSpace(text) => Some(plain_or_escaped(text)),
        Item::Numeric(numeric, Pad::Zero) => match numeric {
            Numeric::Year | Numeric::IsoYear => digits("4"),
            Numeric::Ordinal => digits("3"),
            Numeric::YearMod100
            | Numeric::Month
            | Numeric::Day
            | Numeric::Hour
            | Numeric::Hour12
            | Numeric::Minute
            | Numeric::Second
            | Numeric::IsoWeek => digits("2"),
            Numeric::Nanosecond => digits("1,9"),
            _ => None,
        },
        Item::Numeric(numeric, Pad::None) => match numeric {
            Numeric::Timestamp => digits("1,12"),
            Numeric::Month | Numeric::Day | Numeric::Hour | Numeric::Minute | Numeric::Second => {
                digits("1,2")
            }
            Numeric::WeekdayFromMon | Numeric::NumDaysFromSun => digits("1"),
            _ => None,
        },
        Item::Fixed(fixed) => match fixed {
            Fixed::ShortMonthName | Fixed::ShortWeekdayName => Some("[A-Za-z]{3}".to_owned()),
            Fixed::LongMonthName | Fixed::LongWeekdayName => Some("[A-Za-z]{3,9}".to_owned()),
            Fixed::LowerAmPm | Fixed::UpperAmPm => Some("[AaPp][Mm]".to_owned()),
            Fixed::TimezoneOffset => Some("(?:[+-]|%2[Bb])[0-9]{4}".to_owned()),
            Fixed::TimezoneOffsetColon => Some("(?:[+-]|%2[Bb])[0-9]{2}(?::|%3[Aa])[0-9]{2}".to_owned()),
            Fixed::RFC3339 => Some(RFC_3339.to_owned()),
            _ => None,
        },
        Item::Numeric(_, Pad::Space) | Item::Error => None,
    }
}

/// The regular expression of a text, any character of which that is no letter or digit may be escaped.
fn plain_or_escaped(text: &str) -> String {
    let letter = |letter: char| {
        let plain = regex::escape(letter.encode_utf8(&mut [0; 4]));
        match u8::try_from(letter) {
            Ok(byte) if byte.is_ascii() && !byte.is_ascii_alphanumeric() => {
                format!("(?:{plain}|(?i:%{byte:02X}))")
            }
            _ => plain,
        }
    };
    text.chars().map(letter).collect()
}

/// The value of a Hive partition without its escapes.
pub(super) fn unescaped(value: &str) -> Cow<'_, str> {
    percent_decode_str(value).decode_utf8_lossy()
}

/// As the dates in the names of the flat layout, or in the value of a Hive partition.
pub(super) const RFC_3339: &str = concat!(
    "[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}(?::|%3[Aa])[0-9]{2}(?::|%3[Aa])[0-9]{2}",
    r"(?:\.[0-9]+)?(?:[Zz]|(?:[+-]|%2[Bb])[0-9]{2}(?::|%3[Aa])[0-9]{2})"
);

#[cfg(test)]
mod tests {
    use chrono::NaiveDateTime;

    use super::*;

    fn wall(text: &str) -> RoutedDate {
        RoutedDate::Wall(NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap())
    }

    fn read(format: &str, text: &str) -> Result<RoutedDate, String> {
        let part = DatePart::parse(format).unwrap();
        let whole = regex::Regex::new(&format!("^(?:{})$", part.expression())).unwrap();
        assert!(whole.is_match(text), "{format} {text}");
        part.read(text)
    }

    #[test]
    fn what_a_format_leaves_out_is_the_first() {
        for (format, text, date) in [
            ("%Y-%m-%d", "2015-07-01", "2015-07-01 00:00:00"),
            ("%Y%m%d", "20150701", "2015-07-01 00:00:00"),
            ("%Y/%m/%d/%H", "2015/07/01/13", "2015-07-01 13:00:00"),
            ("%Y-%m", "2015-07", "2015-07-01 00:00:00"),
            ("%Y", "2015", "2015-01-01 00:00:00"),
            ("%Y-%j", "2015-182", "2015-07-01 00:00:00"),
            ("%d%b%y", "01Jul15", "2015-07-01 00:00:00"),
            ("%Y%m%dT%H%M%S", "20150701T131415", "2015-07-01 13:14:15"),
            ("%-d.%-m.%Y", "1.7.2015", "2015-07-01 00:00:00"),
        ] {
            assert_eq!(read(format, text), Ok(wall(date)), "{format}");
        }
    }

    #[test]
    fn a_date_with_an_offset_or_in_seconds_is_an_instant() {
        let instant = RoutedDate::Instant(DataDate::parse("2015-07-01T00:00:00Z").unwrap());
        for (format, text) in [
            ("%Y-%m-%dT%H:%M%z", "2015-07-01T02:00+0200"),
            ("%s", "1435708800"),
            ("%+", "2015-07-01T00:00:00+00:00"),
        ] {
            assert_eq!(read(format, text), Ok(instant), "{format}");
        }
    }

    /// As Hive and Spark write them, who escape colons and slashes, and `DuckDB`, which escapes blanks and pluses as well.
    #[test]
    fn a_date_is_read_as_it_stands_and_as_the_value_of_a_partition() {
        let afternoon = wall("2015-07-01 13:14:15");
        for (format, text) in [
            ("%Y-%m-%d %H:%M:%S", "2015-07-01 13:14:15"),
            ("%Y-%m-%d %H:%M:%S", "2015-07-01 13%3A14%3A15"),
            ("%Y-%m-%d %H:%M:%S", "2015-07-01%2013%3a14%3a15"),
            ("%Y/%m/%dT%T", "2015%2F07%2F01T13%3A14%3A15"),
            ("%Y-%m-%d %H%%3A%M%%3A%S", "2015-07-01 13%3A14%3A15"),
        ] {
            assert_eq!(read(format, text), Ok(afternoon), "{format} {text}");
        }
        let instant = RoutedDate::Instant(DataDate::parse("2015-07-01T00:00:00Z").unwrap());
        for (format, text) in
            [("%Y-%m-%dT%H:%M%:z", "2015-07-01T02%3A00%2B02%3A00"), ("%+", "2015-07-01T00%3A00%3A00Z")]
        {
            assert_eq!(read(format, text), Ok(instant), "{format} {text}");
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        assert_eq!(read("%Y-%m-%d", "2015-04-31"), Err("`2015-04-31` is no date".to_owned()));
        assert!(read("%Y-%m-%d", "2015-13-01").is_err());
    }

    #[test]
    fn a_format_that_tells_no_day_or_has_no_end_is_refused() {
        for format in ["", "%Q", "%H:%M", "%e", "%A %Z", "%", "%m-%d", "%c"] {
            assert!(DatePart::parse(format).is_err(), "{format}");
        }
    }
}
