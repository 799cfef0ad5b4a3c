//! Moments in a file: a date, a time and an offset in the standard spelling, or in those that 'auto' recognises.

use std::io::Write as _;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use super::clock::{fraction_micros, half_day, offset, time};
use super::date::{any_date, iso_date};

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
    let (date, rest) = any_date(text)?;
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
