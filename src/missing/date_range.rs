//! A range of data dates, as people name it.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

use crate::model::data_date::DataDate;
use crate::model::shown::excerpt;

/// Data dates from one to another; both belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateRange {
    first: DataDate,
    end: End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The last date that belongs to it.
    At(DataDate),
    /// The end of a day, which belongs to the next one.
    Before(DataDate),
}

impl DateRange {
    /// Each end is a day in UTC, the whole of which belongs to the range, or an instant.
    ///
    /// # Errors
    /// Every problem, each with the name of its flag.
    pub fn parse(from: &str, to: &str) -> Result<Self, Vec<String>> {
        let (first, end) = match (instant_or_day(from), instant_or_day(to)) {
            (Some(first), Some(end)) => (first, end),
            (first, end) => {
                let wrong = |flag: &str, text: &str| {
                    format!(
                        "{flag} must be a day such as 2015-07-01, or an RFC 3339 date such as 2015-07-01T00:00:00Z, not `{}`",
                        excerpt(text)
                    )
                };
                let of_first = first.is_none().then(|| wrong("--from", from));
                return Err(of_first.into_iter().chain(end.is_none().then(|| wrong("--to", to))).collect());
            }
        };
        let first = match first {
            Named::Day(day) => midnight(day),
            Named::Instant(date) => date,
        };
        let end = match end {
            Named::Day(day) => End::Before(midnight(day.succ_opt().unwrap_or(NaiveDate::MAX))),
            Named::Instant(date) => End::At(date),
        };
        let range = Self { first, end };
        if !range.contains(first) {
            return Err(vec!["--from must not be after --to".to_owned()]);
        }
        Ok(range)
    }

    pub fn contains(&self, date: DataDate) -> bool {
        self.first <= date
            && match self.end {
                End::At(last) => date <= last,
                End::Before(end) => date < end,
            }
    }
}

/// Days in UTC, both of which belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    pub first: NaiveDate,
    pub last: NaiveDate,
}

impl DateRange {
    /// The days of the range that have none of these dates, in their order; days behind one another are one item.
    pub fn days_without(&self, dates: impl IntoIterator<Item = DataDate>) -> Vec<Days> {
        let last = match self.end {
            End::At(last) => last.instant().date_naive(),
            End::Before(end) => end.instant().date_naive().pred_opt().unwrap_or(NaiveDate::MIN),
        };
        let with: BTreeSet<NaiveDate> =
            dates.into_iter().map(|date| date.instant().date_naive()).filter(|day| *day <= last).collect();
        let mut without = Vec::new();
        let mut next = Some(self.first.instant().date_naive());
        for day in with {
            let Some(first) = next.filter(|first| *first <= day) else { continue };
            without.extend(day.pred_opt().filter(|last| first <= *last).map(|last| Days { first, last }));
            next = day.succ_opt();
        }
        without.extend(next.filter(|first| *first <= last).map(|first| Days { first, last }));
        without
    }
}

/// When a day begins, in UTC, or an instant.
pub fn moment(text: &str) -> Option<DateTime<Utc>> {
    Some(match instant_or_day(text)? {
        Named::Day(day) => midnight(day).instant(),
        Named::Instant(date) => date.instant(),
    })
}

enum Named {
    Day(NaiveDate),
    Instant(DataDate),
}

fn instant_or_day(text: &str) -> Option<Named> {
    let day =
        || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| text.len() == "2015-07-01".len());
    DataDate::parse(text).map(Named::Instant).ok().or_else(|| day().map(Named::Day))
}

fn midnight(day: NaiveDate) -> DataDate {
    DataDate::from_instant(day.and_time(NaiveTime::MIN).and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(from: &str, to: &str, date: &str) -> bool {
        DateRange::parse(from, to).unwrap().contains(DataDate::parse(date).unwrap())
    }

    #[test]
    fn both_ends_belong_to_the_range_and_a_day_is_whole() {
        for (from, to, date, is_in) in [
            ("2015-07-01", "2015-07-01", "2015-07-01T00:00:00Z", true),
            ("2015-07-01", "2015-07-01", "2015-07-01T23:59:59.999999Z", true),
            ("2015-07-01", "2015-07-01", "2015-07-02T00:00:00Z", false),
            ("2015-07-01", "2015-07-01", "2015-06-30T23:59:59Z", false),
            ("2015-07-01", "2015-07-01", "2015-07-02T01:00:00+02:00", true),
            ("2015-07-01T06:00:00Z", "2015-07-01T07:00:00Z", "2015-07-01T06:00:00Z", true),
            ("2015-07-01T06:00:00Z", "2015-07-01T07:00:00Z", "2015-07-01T07:00:00Z", true),
            ("2015-07-01T06:00:00Z", "2015-07-01T07:00:00Z", "2015-07-01T07:00:01Z", false),
        ] {
            assert_eq!(contains(from, to, date), is_in, "{from} {to} {date}");
        }
    }

    #[test]
    fn days_without_data_are_told_together_when_they_follow_one_another() {
        let without = |from, to, dates: &[&str]| {
            let dates = dates.iter().map(|date| DataDate::parse(date).unwrap());
            let days = DateRange::parse(from, to).unwrap().days_without(dates);
            days.iter().map(|days| format!("{} {}", days.first, days.last)).collect::<Vec<_>>()
        };
        let [first, also_first, fourth] =
            ["2015-07-01T00:00:00Z", "2015-07-01T13:00:00Z", "2015-07-04T23:59:59Z"];
        assert_eq!(
            without("2015-07-01", "2015-07-06", &[first, also_first, fourth]),
            ["2015-07-02 2015-07-03", "2015-07-05 2015-07-06"]
        );
        assert_eq!(without("2015-06-30", "2015-07-01", &[first]), ["2015-06-30 2015-06-30"]);
        assert_eq!(without("2015-07-01", "2015-07-01", &[first]), [] as [&str; 0]);
        assert_eq!(without("2015-07-01", "2015-07-02", &[]), ["2015-07-01 2015-07-02"]);
        // Part of a day is that day.
        assert_eq!(
            without("2015-07-01T06:00:00Z", "2015-07-02T06:00:00Z", &[also_first]),
            ["2015-07-02 2015-07-02"]
        );
    }

    #[test]
    fn what_is_no_range_is_refused() {
        let problems = DateRange::parse("yesterday", "2015-7-1").unwrap_err();
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].starts_with("--from must be a day such as 2015-07-01"), "{problems:?}");
        let reversed = DateRange::parse("2015-07-02", "2015-07-01").unwrap_err();
        assert_eq!(reversed, ["--from must not be after --to"]);
    }
}
