//! DATEFORMAT and TIMEFORMAT strings of one's own [DG `r_DATEFORMAT_and_TIMEFORMAT_strings`].

use chrono::{NaiveDate, NaiveTime};

use super::clock::{fraction_micros, half_day};
use super::date::{in_full, month_name};
use super::digits::{digits, short_number};
use super::moment::Moment;

/// The parts of a date and time in the order of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Year,
    /// Two digits: 1970 to 2069.
    ShortYear,
    Month,
    MonthName,
    Day,
    Hour,
    Minute,
    /// With a fraction, if one is there.
    Second,
    /// `AM` or `PM`
    HalfDay,
    Text(char),
}

const WORDS: [(&str, Part); 13] = [
    ("YYYY", Part::Year),
    ("YY", Part::ShortYear),
    ("MONTH", Part::MonthName),
    ("MON", Part::MonthName),
    ("MM", Part::Month),
    ("MI", Part::Minute),
    ("DD", Part::Day),
    ("HH24", Part::Hour),
    ("HH12", Part::Hour),
    ("HH", Part::Hour),
    ("SS", Part::Second),
    ("AM", Part::HalfDay),
    ("PM", Part::HalfDay),
];

impl Pattern {
    /// As it was written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// `None` when there is a letter that means nothing to us, or no whole date. The zone of a TIMESTAMPTZ is among
    /// these letters: only the default format and 'auto' read it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            let word = WORDS.iter().find_map(|(word, part)| Some((*part, rest.strip_prefix(word)?)));
            let (part, after) = match word {
                Some(found) => found,
                None if next.is_alphabetic() && !matches!(next, 'T' | 'Z') => return None,
                None => (Part::Text(next), rest.strip_prefix(next)?),
            };
            parts.push(part);
            rest = after;
        }
        let has = |wanted: &[Part]| parts.iter().any(|part| wanted.contains(part));
        let whole =
            has(&[Part::Year, Part::ShortYear]) && has(&[Part::Month, Part::MonthName]) && has(&[Part::Day]);
        whole.then(|| Self { text: text.to_owned(), parts })
    }

    /// The whole text, by the pattern. A date alone is its midnight.
    pub(crate) fn read(&self, text: &str) -> Option<Moment> {
        let (mut year, mut month, mut day) = (0, 0, 0);
        let (mut hour, mut minute, mut second, mut micros) = (0, 0, 0, 0);
        let mut half = "";
        let mut rest = text;
        for part in &self.parts {
            if rest.is_empty()
                && matches!(
                    part,
                    Part::Text(' ' | 'T') | Part::Hour | Part::Minute | Part::Second | Part::Text(':')
                )
            {
                continue;
            }
            rest = match part {
                Part::Year => take(&mut year, digits(rest, 4))?,
                Part::ShortYear => {
                    let rest = take(&mut year, digits(rest, 2))?;
                    year = in_full(year);
                    rest
                }
                Part::Month => take(&mut month, short_number(rest))?,
                Part::MonthName => take(&mut month, month_name(rest))?,
                Part::Day => take(&mut day, short_number(rest))?,
                Part::Hour => take(&mut hour, short_number(rest))?,
                Part::Minute => take(&mut minute, digits(rest, 2))?,
                Part::Second => fraction(take(&mut second, digits(rest, 2))?, &mut micros)?,
                Part::HalfDay => {
                    let (mark, after) = rest.split_at_checked(2)?;
                    half = mark;
                    after
                }
                Part::Text(character) => rest.strip_prefix(*character)?,
            };
        }
        if !rest.is_empty() {
            return None;
        }
        let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok().filter(|year| *year > 0)?, month, day)?;
        let time = NaiveTime::from_hms_micro_opt(hour, minute, second, micros)?;
        let (time, unread) = half_day(time, half)?;
        unread.is_empty().then_some(Moment { local: date.and_time(time), offset: None })
    }
}

fn take<'a>(into: &mut u32, read: Option<(u32, &'a str)>) -> Option<&'a str> {
    let (value, rest) = read?;
    *into = value;
    Some(rest)
}

fn fraction<'a>(text: &'a str, micros: &mut u32) -> Option<&'a str> {
    let Some(fraction) = text.strip_prefix('.') else { return Some(text) };
    let length = fraction.find(|next: char| !next.is_ascii_digit()).unwrap_or(fraction.len());
    let (value, rest) = fraction.split_at_checked(length)?;
    *micros = fraction_micros(value)?;
    Some(rest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, proptest};

    use super::*;

    fn read(pattern: &str, text: &str) -> String {
        let moment = Pattern::parse(pattern).expect("it is a pattern").read(text).and_then(Moment::utc);
        moment.map_or_else(|| "refused".to_owned(), |moment| moment.to_string())
    }

    #[test]
    fn the_parts_stand_in_any_order() {
        assert_eq!(read("DD.MM.YYYY", "01.07.2015"), "2015-07-01 00:00:00");
        assert_eq!(read("MM/DD/YY HH12:MI:SS AM", "07/01/15 01:02:03 PM"), "2015-07-01 13:02:03");
        assert_eq!(read("DD-MON-YYYY", "1-Jul-2015"), "2015-07-01 00:00:00");
        assert_eq!(read("YYYYMMDDHH24MISS", "20150701102030"), "2015-07-01 10:20:30");
        assert_eq!(read("YYYY-MM-DDTHH:MI:SSZ", "2015-07-01T10:20:30.5Z"), "2015-07-01 10:20:30.500");
        assert_eq!(read("YYYY-MM-DD HH24:MI:SS", "2015-07-01"), "2015-07-01 00:00:00");
    }

    #[test]
    fn what_does_not_match_is_refused() {
        for text in ["2015-07-01", "01.13.2015", "01.07.2015 x", ""] {
            assert_eq!(read("DD.MM.YYYY", text), "refused", "{text}");
        }
        assert_eq!(Pattern::parse("YYYY-Q"), None);
        assert_eq!(Pattern::parse("HH:MI"), None);
        assert_eq!(Pattern::parse("YYYY-MM-DD HH:MI:SSOF"), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_pattern_and_no_text_make_it_panic(
            pattern in "(YYYY|YY|MM|MON|DD|HH|MI|SS|AM|[-/: Té]){0,8}", text in "[0-9A-Zé:./+ -]{0,20}",
        ) {
            let moment = Pattern::parse(&pattern).and_then(|pattern| pattern.read(&text));
            assert!(moment.is_none_or(|moment| moment.utc().is_some()));
        }
    }
}
