//! Moments in a file: a date, a time and an offset in the standard spelling, or in those that 'auto' recognises.

use std::io::Write as _;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use super::clock::{fraction_micros, half_day, offset, time};
use super::date::{any_date, iso_date, standard_date, year_behind_time};

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

/// `YYYY-MM-DD`, ten characters
pub(crate) fn date(text: &str) -> Option<NaiveDate> {
    let (date, rest) = standard_date(text)?;
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
    if let Some((date, time_of_day, rest)) = year_behind_time(text) {
        return Some(Moment { local: date.and_time(time_of_day), offset: offset_behind(rest)? });
    }
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
    Some(Moment { local: date.and_time(time), offset: offset_behind(rest)? })
}

/// The offset at the end, if there is one; no more than that may be there.
fn offset_behind(rest: &str) -> Option<Option<TimeDelta>> {
    if rest.is_empty() { Some(None) } else { offset(rest).map(Some) }
}

/// Writes the time of a TIME or TIMETZ column; what has no offset is UTC. The last is 24:00:00 [DG `r_Datetime_types`].
pub(crate) fn write_time(text: &str, with_zone: bool, out: &mut Vec<u8>) -> Option<()> {
    let (time, rest) = match end_of_day(text) {
        Some(rest) => (None, rest),
        None => {
            let (time, rest) = time(text)?;
            let (time, rest) = half_day(time, rest.trim_start())?;
            (Some(time), rest)
        }
    };
    let offset = offset_behind(rest)?.unwrap_or_default();
    match time {
        Some(time) => write!(out, "{time}").ok()?,
        None => out.extend_from_slice(b"24:00:00"),
    }
    if with_zone {
        let minutes = offset.num_minutes();
        let sign = if minutes < 0 { '-' } else { '+' };
        write!(out, "{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60).ok()?;
    }
    Some(())
}

/// What comes after `24:00:00`.
fn end_of_day(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("24:00")?;
    let rest = rest.strip_prefix(":00").unwrap_or(rest);
    Some(rest.strip_prefix('.').map_or(rest, |zeros| zeros.trim_start_matches('0')))
        .filter(|rest| !rest.starts_with(|next: char| next.is_ascii_digit() || next == ':'))
}

/// Microseconds since 1970, in UTC.
pub(crate) fn epoch_micros(text: &str) -> Option<Moment> {
    let local = chrono::DateTime::from_timestamp_micros(text.parse().ok()?)?.naive_utc();
    Some(Moment { local, offset: None })
}

/// Days since 1970.
pub(crate) fn epoch_days(text: &str) -> Option<NaiveDate> {
    NaiveDate::from_epoch_days(text.parse().ok()?)
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
            "01 Jul 10:20:30 2015 UTC",
            "1 Jul 03:20:30 2015 PDT",
            "07/01/2015 03:20:30.00 PDT",
            "150701 102030",
        ] {
            assert_eq!(auto(text), "2015-07-01 10:20:30", "{text}");
        }
        for text in ["31.07.2015 10:20:30", "07.31.2015 10:20:30 GMT", "7/31/2015 10:20:30"] {
            assert_eq!(auto(text), "2015-07-31 10:20:30", "{text}");
        }
        assert_eq!(auto("17 Dec 07:37:16 1997 PST"), "1997-12-17 15:37:16");
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
            "01.07.2015",
            "Jan-08-95",
            "17 Dec 07:37:16 1997 CET",
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
