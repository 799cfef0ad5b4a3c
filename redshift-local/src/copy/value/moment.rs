//! Dates and times in a file: the standard spelling, and those that 'auto' recognises.

use std::io::Write as _;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

/// A date and time, with the offset from UTC if one was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    pub local: NaiveDateTime,
    pub offset: Option<TimeDelta>,
}

impl Moment {
    /// The instant; what has no offset is UTC, which is a Redshift session's time zone.
    pub(crate) fn utc(self) -> Option<NaiveDateTime> {
        self.local.checked_sub_signed(self.offset.unwrap_or_default())
    }
}

/// `YYYY-MM-DD`
pub(crate) fn date(text: &str) -> Option<NaiveDate> {
    let (date, rest) = iso_date(text)?;
    rest.is_empty().then_some(date)
}

/// `YYYY-MM-DD HH:MI:SS[.ffffff]`, with an offset for TIMESTAMPTZ; a date alone is its midnight.
pub(crate) fn timestamp(text: &str, with_offset: bool) -> Option<Moment> {
    let (date, rest) = iso_date(text)?;
    if rest.is_empty() {
        return Some(Moment { local: date.and_time(NaiveTime::MIN), offset: None });
    }
    let (time, rest) = time(rest.strip_prefix(' ')?)?;
    let offset = if rest.is_empty() { None } else { Some(offset(rest).filter(|_| with_offset)?) };
    Some(Moment { local: date.and_time(time), offset })
}

/// Any of the spellings that DATEFORMAT 'auto' recognises; a time behind the date is passed over.
pub(crate) fn auto_date(text: &str) -> Option<NaiveDate> {
    auto_timestamp(text).map(|moment| moment.local.date())
}

/// Any of the spellings that TIMEFORMAT 'auto' recognises. Epochs are not among them, nor anything finer than a
/// microsecond (fact 1.6).
pub(crate) fn auto_timestamp(text: &str) -> Option<Moment> {
    let text = text.trim();
    let (date, rest) = iso_date(text)
        .or_else(|| compact_date(text))
        .or_else(|| julian_day(text))
        .or_else(|| day_of_year(text))
        .or_else(|| american_date(text))
        .or_else(|| named_month(text))?;
    let rest = match rest.strip_prefix(['T', 't']) {
        Some(rest) => rest,
        None if rest.is_empty() || rest.starts_with(' ') => rest.trim_start(),
        None => return None,
    };
    if rest.is_empty() {
        return Some(Moment { local: date.and_time(NaiveTime::MIN), offset: None });
    }
    let (time, rest) = time(rest)?;
    let (time, rest) = half_day(time, rest.trim_start())?;
    let offset = if rest.is_empty() { None } else { Some(offset(rest)?) };
    Some(Moment { local: date.and_time(time), offset })
}

/// Writes the time of a TIME or TIMETZ column; what has no offset is UTC.
pub(crate) fn write_time(text: &str, with_zone: bool, out: &mut Vec<u8>) -> Option<()> {
    let (time, rest) = time(text)?;
    let (time, rest) = half_day(time, rest.trim_start())?;
    let offset = if rest.is_empty() { TimeDelta::zero() } else { offset(rest)? };
    write!(out, "{time}").ok()?;
    if with_zone {
        let minutes = offset.num_minutes();
        let sign = if minutes < 0 { '-' } else { '+' };
        write!(out, "{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60).ok()?;
    }
    Some(())
}

/// Seconds, or milliseconds, since 1970, in UTC.
pub(crate) fn epoch(text: &str, milliseconds: bool) -> Option<Moment> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole: i64 = whole.parse().ok()?;
    let unit = if milliseconds { 1_000 } else { 1_000_000 };
    let mut micros = whole.checked_mul(unit)?;
    if !fraction.is_empty() && !milliseconds {
        micros += i64::from(fraction_micros(fraction)?) * if text.starts_with('-') { -1 } else { 1 };
    }
    let local = chrono::DateTime::from_timestamp_micros(micros)?.naive_utc();
    Some(Moment { local, offset: None })
}

pub(super) fn digits(text: &str, count: usize) -> Option<(u32, &str)> {
    let (head, rest) = text.split_at_checked(count)?;
    if !head.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some((head.parse().ok()?, rest))
}

/// One or two digits.
pub(super) fn short_number(text: &str) -> Option<(u32, &str)> {
    digits(text, 2).or_else(|| digits(text, 1))
}

fn ymd(year: u32, month: u32, day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(i32::try_from(year).ok().filter(|year| *year > 0)?, month, day)
}

fn separator(text: &str) -> Option<(char, &str)> {
    let first = text.chars().next().filter(|first| matches!(first, '-' | '/' | '.'))?;
    Some((first, text.strip_prefix(first)?))
}

/// `2015-07-01`, also with `/` and `.`
fn iso_date(text: &str) -> Option<(NaiveDate, &str)> {
    let (year, rest) = digits(text, 4)?;
    let (mark, rest) = separator(rest)?;
    let (month, rest) = short_number(rest)?;
    let (day, rest) = short_number(rest.strip_prefix(mark)?)?;
    Some((ymd(year, month, day)?, rest))
}

/// `20150701`
fn compact_date(text: &str) -> Option<(NaiveDate, &str)> {
    let (year, rest) = digits(text, 4)?;
    let (month, rest) = digits(rest, 2)?;
    let (day, rest) = digits(rest, 2)?;
    // More digits would be an epoch.
    if rest.starts_with(|next: char| next.is_ascii_digit()) {
        return None;
    }
    Some((ymd(year, month, day)?, rest))
}

/// `J2451187`, the days since 4713 BC
fn julian_day(text: &str) -> Option<(NaiveDate, &str)> {
    /// That of the day before the first of year 1.
    const BEFORE_YEAR_ONE: i32 = 1_721_425;
    let days = text.strip_prefix(['J', 'j'])?;
    let length = days.find(|next: char| !next.is_ascii_digit()).unwrap_or(days.len());
    let (days, rest) = days.split_at_checked(length)?;
    let days = days.parse::<i32>().ok()?.checked_sub(BEFORE_YEAR_ONE).filter(|days| *days > 0)?;
    Some((NaiveDate::from_num_days_from_ce_opt(days)?, rest))
}

/// `1996.008`: the year, and the day in it
fn day_of_year(text: &str) -> Option<(NaiveDate, &str)> {
    let (year, rest) = digits(text, 4)?;
    let (day, rest) = digits(rest.strip_prefix('.')?, 3)?;
    Some((NaiveDate::from_yo_opt(i32::try_from(year).ok().filter(|year| *year > 0)?, day)?, rest))
}

/// `07/01/2015`, also with `-` and `.`
fn american_date(text: &str) -> Option<(NaiveDate, &str)> {
    let (month, rest) = short_number(text)?;
    let (mark, rest) = separator(rest)?;
    let (day, rest) = short_number(rest)?;
    let (year, rest) = digits(rest.strip_prefix(mark)?, 4)?;
    Some((ymd(year, month, day)?, rest))
}

/// `Jul 1 2015`, `July 1, 2015`, `1 Jul 2015`, `1-Jul-2015`
fn named_month(text: &str) -> Option<(NaiveDate, &str)> {
    let blank = |text: &'_ str| text.trim_start_matches([' ', '-', ',']).len();
    let skip = |text| -> &str { tail(text, blank(text)) };
    if let Some((day, rest)) = short_number(text) {
        let (month, rest) = month_name(skip(rest))?;
        let (year, rest) = digits(skip(rest), 4)?;
        return Some((ymd(year, month, day)?, rest));
    }
    let (month, rest) = month_name(text)?;
    let (day, rest) = short_number(skip(rest))?;
    let (year, rest) = digits(skip(rest), 4)?;
    Some((ymd(year, month, day)?, rest))
}

/// The last `length` bytes.
fn tail(text: &str, length: usize) -> &str {
    text.split_at_checked(text.len() - length).map_or("", |(_, tail)| tail)
}

pub(super) fn month_name(text: &str) -> Option<(u32, &str)> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let length = text.find(|next: char| !next.is_ascii_alphabetic()).unwrap_or(text.len());
    let (word, rest) = text.split_at_checked(length)?;
    let word = word.to_ascii_lowercase();
    let number =
        MONTHS.iter().position(|month| word == *month || (word.len() == 3 && month.starts_with(&word)))?;
    Some((u32::try_from(number).ok()? + 1, rest))
}

/// `HH:MI[:SS[.ffffff]]` or `HHMISS`
fn time(text: &str) -> Option<(NaiveTime, &str)> {
    let (hour, rest) = short_number(text)?;
    let (minute, mut rest) = match rest.strip_prefix(':') {
        Some(rest) => digits(rest, 2)?,
        None => digits(rest, 2)?,
    };
    let mut second = 0;
    let mut micros = 0;
    if let Some((value, after)) = digits(rest.strip_prefix(':').unwrap_or(rest), 2) {
        (second, rest) = (value, after);
        if let Some(fraction) = rest.strip_prefix('.') {
            let length = fraction.find(|next: char| !next.is_ascii_digit()).unwrap_or(fraction.len());
            let (value, after) = fraction.split_at_checked(length)?;
            (micros, rest) = (fraction_micros(value)?, after);
        }
    }
    Some((NaiveTime::from_hms_micro_opt(hour, minute, second, micros)?, rest))
}

pub(super) fn fraction_micros(fraction: &str) -> Option<u32> {
    let length = u32::try_from(fraction.len()).ok().filter(|length| (1..=6).contains(length))?;
    Some(fraction.parse::<u32>().ok()? * 10_u32.pow(6 - length))
}

pub(super) fn half_day(time: NaiveTime, rest: &str) -> Option<(NaiveTime, &str)> {
    use chrono::Timelike as _;
    let Some((mark, after)) = rest.split_at_checked(2) else { return Some((time, rest)) };
    let hour = time.hour();
    let hour = match mark.to_ascii_uppercase().as_str() {
        "AM" if (1..=12).contains(&hour) => hour % 12,
        "PM" if (1..=12).contains(&hour) => hour % 12 + 12,
        "AM" | "PM" => return None,
        _ => return Some((time, rest)),
    };
    Some((time.with_hour(hour)?, after.trim_start()))
}

/// `Z`, `UTC`, `+02`, `+0200`, `+02:00`
pub(super) fn offset(text: &str) -> Option<TimeDelta> {
    let text = text.trim();
    if ["z", "utc", "gmt"].iter().any(|name| text.eq_ignore_ascii_case(name)) {
        return Some(TimeDelta::zero());
    }
    let negative = text.starts_with('-');
    let (hours, rest) = digits(text.strip_prefix(['+', '-'])?, 2)?;
    let minutes = match rest.strip_prefix(':').unwrap_or(rest) {
        "" => 0,
        rest => digits(rest, 2).filter(|(minutes, rest)| rest.is_empty() && *minutes < 60)?.0,
    };
    let minutes = i64::from(hours) * 60 + i64::from(minutes);
    (hours < 16).then(|| TimeDelta::minutes(if negative { -minutes } else { minutes }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, proptest};

    use super::*;

    fn auto(text: &str) -> String {
        auto_timestamp(text)
            .and_then(Moment::utc)
            .map_or_else(|| "refused".to_owned(), |moment| moment.to_string())
    }

    #[test]
    fn auto_recognises_the_usual_spellings() {
        for text in [
            "2015-07-01T10:20:30Z",
            "2015-07-01 10:20:30",
            "2015-07-01 12:20:30+02",
            "20150701T102030",
            "07/01/2015 10:20:30",
            "Jul 1 2015 10:20:30 AM",
            "1-Jul-2015 10:20:30",
            "2015/07/01 05:20:30 -0500",
        ] {
            assert_eq!(auto(text), "2015-07-01 10:20:30", "{text}");
        }
        for text in ["2015-07-01", "J2457205", "2015.182"] {
            assert_eq!(auto(text), "2015-07-01 00:00:00", "{text}");
        }
        assert_eq!(auto("2015-07-01T10:20:30.123456Z"), "2015-07-01 10:20:30.123456");
    }

    #[test]
    fn auto_refuses_epochs_nanoseconds_and_impossible_days() {
        for text in [
            "1435746030",
            "1435746030000",
            "2015-07-01T10:20:30.123456789Z",
            "2015-02-30",
            "2015-07-01T25:00:00",
            "x",
            "",
        ] {
            assert_eq!(auto(text), "refused", "{text}");
        }
    }

    #[test]
    fn without_auto_only_the_standard_spelling_passes() {
        assert!(timestamp("2015-07-01 10:20:30.5", false).is_some());
        assert!(timestamp("2015-07-01T10:20:30Z", false).is_none());
        assert!(timestamp("2015-07-01 10:20:30+02", false).is_none());
        assert!(timestamp("2015-07-01 10:20:30+02", true).is_some());
    }

    #[test]
    fn times_of_day_have_a_zone_only_where_the_column_has_one() {
        let written = |text, with_zone| {
            let mut out = Vec::new();
            write_time(text, with_zone, &mut out)?;
            String::from_utf8(out).ok()
        };
        assert_eq!(written("10:20:30.5", false).as_deref(), Some("10:20:30.500"));
        assert_eq!(written("102030", false).as_deref(), Some("10:20:30"));
        assert_eq!(written("10:20 PM", true).as_deref(), Some("22:20:00+00:00"));
        assert_eq!(written("10:20:30-05:30", true).as_deref(), Some("10:20:30-05:30"));
        assert_eq!(written("25:00", false), None);
    }

    #[test]
    fn epochs_count_seconds_or_milliseconds() {
        assert_eq!(
            epoch("1435746030.5", false).map(|moment| moment.local.to_string()).as_deref(),
            Some("2015-07-01 10:20:30.500")
        );
        assert_eq!(
            epoch("1435746030500", true).map(|moment| moment.local.to_string()).as_deref(),
            Some("2015-07-01 10:20:30.500")
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_text_makes_it_panic(text in "[0-9A-Za-zé:./ T+-]{0,30}") {
            let read = [auto_timestamp(&text), timestamp(&text, true), epoch(&text, true), epoch(&text, false)];
            for moment in read.into_iter().flatten() {
                assert!(moment.utc().is_some());
            }
        }
    }
}
