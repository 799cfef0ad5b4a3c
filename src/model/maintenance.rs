//! Maintenance windows: times at which no load is to be started, known in advance. In UTC.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

use crate::model::shown::excerpt;

/// Fields of a cron expression: minute, hour, day of the month, month, day of the week.
const FIELDS: usize = 5;
const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Windows that follow one another without a gap are told as one, up to so many.
const MOST_IN_A_ROW: usize = 50;

/// All windows; often none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MaintenanceWindows(Vec<MaintenanceWindow>);

#[derive(Debug, Clone, PartialEq)]
struct MaintenanceWindow {
    starts: Cron,
    lasts: chrono::Duration,
}

/// A window in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Maintenance {
    /// When loads are started again.
    pub until: DateTime<Utc>,
}

/// As the predicate of a sentence.
impl fmt::Display for Maintenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let until = self.until.to_rfc3339_opts(SecondsFormat::Secs, true);
        write!(f, "a maintenance window until {until} (MAINTENANCE_WINDOW)")
    }
}

impl MaintenanceWindows {
    /// `0 3 * * SUN 2h`, several separated by semicolons.
    ///
    /// # Errors
    /// What is wrong, with the part that it is wrong in.
    pub fn parse(text: &str) -> Result<Self, String> {
        let windows = text.split(';').map(str::trim).filter(|window| !window.is_empty());
        Ok(Self(windows.map(window).collect::<Result<_, _>>()?))
    }

    /// The window that this moment is in, up to the end of those that follow without a gap.
    pub fn at(&self, now: DateTime<Utc>) -> Option<Maintenance> {
        let mut until = now;
        for _ in 0..MOST_IN_A_ROW {
            let ends = self.0.iter().filter_map(|window| window.end_at(until));
            match ends.max().filter(|end| *end > until) {
                Some(end) => until = end,
                None => break,
            }
        }
        (until > now).then_some(Maintenance { until })
    }

    /// When the next window begins.
    pub fn next_start(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.0.iter().filter_map(|window| window.starts.find_next_occurrence(&now, false).ok()).min()
    }
}

impl MaintenanceWindow {
    /// The end of the window that began last, if this moment is in it.
    fn end_at(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let start = self.starts.find_previous_occurrence(&now, true).ok()?;
        start.checked_add_signed(self.lasts).filter(|end| *end > now)
    }
}

fn window(text: &str) -> Result<MaintenanceWindow, String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (Some(fields), Some(duration)) = (words.get(..FIELDS), words.get(FIELDS..)) else {
        return Err(format!(
            "`{}` has {} of the five fields of a cron expression",
            excerpt(text),
            words.len()
        ));
    };
    let (fields, duration) = (fields.join(" "), duration.join(" "));
    if duration.is_empty() {
        return Err(format!("`{}` has no duration behind its five fields", excerpt(text)));
    }
    let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
    let wrong = |why: &str| format!("the cron expression `{}` is wrong: {why}", excerpt(&fields));
    let starts = parser.parse(&fields).map_err(|error| wrong(&excerpt(&error.to_string())))?;
    // Such as the 30th of February.
    if starts.find_next_occurrence(&DateTime::UNIX_EPOCH, true).is_err() {
        return Err(wrong("there is no such day"));
    }
    let lasts =
        humantime::parse_duration(&duration).ok().filter(|lasts| !lasts.is_zero() && *lasts < LONGEST);
    let lasts = lasts.and_then(|lasts| chrono::Duration::from_std(lasts).ok()).ok_or_else(|| {
        format!(
            "the duration `{}` must be above zero and below a week, with a unit, such as 2h",
            excerpt(&duration)
        )
    })?;
    Ok(MaintenanceWindow { starts, lasts })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    fn until(windows: &str, now: &str) -> Option<String> {
        let windows = MaintenanceWindows::parse(windows).unwrap();
        windows
            .at(instant(now))
            .map(|maintenance| maintenance.until.to_rfc3339_opts(SecondsFormat::Secs, true))
    }

    /// The 29th of November 2026 is a Sunday.
    #[test]
    fn a_window_lasts_from_its_start_to_its_end_which_is_not_part_of_it() {
        for sunday in ["SUN", "sun", "0", "7"] {
            let windows = format!("0 3 * * {sunday} 2h");
            assert_eq!(until(&windows, "2026-11-29T02:59:59Z"), None, "{sunday}");
            let end = Some("2026-11-29T05:00:00Z".to_owned());
            assert_eq!(until(&windows, "2026-11-29T03:00:00Z"), end, "{sunday}");
            assert_eq!(until(&windows, "2026-11-29T04:59:59.999Z"), end, "{sunday}");
            assert_eq!(until(&windows, "2026-11-29T05:00:00Z"), None, "{sunday}");
            assert_eq!(until(&windows, "2026-11-30T03:30:00Z"), None, "a Monday, by {sunday}");
        }
    }

    #[test]
    fn a_window_may_go_beyond_midnight_and_the_end_of_the_year() {
        assert_eq!(
            until("30 22 31 12 * 3h 30m", "2027-01-01T01:59:00Z").as_deref(),
            Some("2027-01-01T02:00:00Z")
        );
    }

    #[test]
    fn windows_that_follow_one_another_are_one_and_others_are_not() {
        let windows = "0 3 * * * 1h; 0 4 * * * 30m;0 5 * * * 1h";
        assert_eq!(until(windows, "2026-11-29T03:10:00Z").as_deref(), Some("2026-11-29T04:30:00Z"));
        assert_eq!(until(windows, "2026-11-29T04:30:00Z"), None);
        assert!(until("* * * * * 5m", "2026-11-29T03:10:00Z").is_some(), "always");
    }

    #[test]
    fn the_next_window_is_the_first_of_all() {
        let windows = MaintenanceWindows::parse("0 3 * * SUN 2h; 0 12 1 * * 1h").unwrap();
        let next = |now: &str| windows.next_start(instant(now));
        assert_eq!(next("2026-11-29T03:00:00Z"), Some(instant("2026-12-01T12:00:00Z")));
        assert_eq!(MaintenanceWindows::default().next_start(instant("2026-11-29T03:00:00Z")), None);
    }

    #[test]
    fn what_is_wrong_is_told_with_the_part_that_it_is_wrong_in() {
        let refused = |text: &str| MaintenanceWindows::parse(text).unwrap_err();
        let cases = [
            ("0 3 * *", "`0 3 * *` has 4 of the five fields"),
            ("0 3 * * SUN", "`0 3 * * SUN` has no duration"),
            ("0 25 * * SUN 2h", "the cron expression `0 25 * * SUN` is wrong: "),
            ("0 3 30 2 * 2h", "the cron expression `0 3 30 2 *` is wrong: there is no such day"),
            ("0 3 * * SUNDAY 2h", "the cron expression `0 3 * * SUNDAY` is wrong: "),
            ("0 3 * * SUN 2", "the duration `2` must be"),
            ("0 3 * * SUN 0s", "the duration `0s` must be"),
            ("0 3 * * SUN 7d", "the duration `7d` must be"),
            ("0 3 * * SUN 2h; 0 4 * * MON 1y", "the duration `1y` must be"),
            ("0 0 3 * * SUN 2h", "the duration `SUN 2h` must be"),
            ("@daily 2h", "`@daily 2h` has 2 of the five fields"),
        ];
        for (text, expected) in cases {
            let refused = refused(text);
            assert!(refused.starts_with(expected), "{text}: {refused}");
        }
    }
}
