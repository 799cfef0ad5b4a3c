//! How often new data of a table is due.

use std::time::Duration;

use crate::model::data_date::DataDate;
use crate::model::shown::excerpt;

/// Fewer distances are no habit.
const ENOUGH: usize = 2;

/// Of a table config: shorter ones would make every table late, longer ones none.
const SHORTEST: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(366 * 86_400);

/// Reads what a table config says, such as `1d`, `6h` or `1d 12h`, in whole seconds.
///
/// # Errors
/// Says what it must be, to stand behind the name of the key.
pub fn parse(text: &str) -> Result<Duration, String> {
    let read = humantime::parse_duration(text).ok();
    let read = read.filter(|cadence| (SHORTEST..=LONGEST).contains(cadence));
    let whole = |cadence: Duration| Duration::from_secs(cadence.as_secs());
    read.map(whole).ok_or_else(|| {
        format!(
            "must say how often new data is due, such as `1d` or `6h`, from a minute to 366 days, not {}",
            excerpt(text)
        )
    })
}

/// The median distance of the data dates of a table's last loads, in whatever order they come.
///
/// `None` with fewer than three different dates; the same date again, as of a reload or of another file, tells nothing.
pub fn learnt(dates: impl IntoIterator<Item = DataDate>) -> Option<Duration> {
    let mut dates: Vec<DataDate> = dates.into_iter().collect();
    dates.sort_unstable();
    dates.dedup();
    let distance = |(earlier, later): (&DataDate, &DataDate)| {
        later.instant().signed_duration_since(earlier.instant()).to_std().ok()
    };
    let mut distances: Vec<Duration> = dates.iter().zip(dates.iter().skip(1)).filter_map(distance).collect();
    if distances.len() < ENOUGH {
        return None;
    }
    distances.sort_unstable();
    // Of two in the middle the shorter one: rather told early than late.
    distances.get((distances.len() - 1) / 2).copied()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    fn learnt_of(dates: &[&str]) -> Option<Duration> {
        learnt(dates.iter().map(|date| DataDate::parse(date).unwrap()))
    }

    #[test]
    fn a_gap_and_a_reload_do_not_change_the_cadence() {
        let dates = [
            "2026-11-26T00:00:00Z",
            "2026-11-25T00:00:00Z",
            "2026-11-25T00:00:00Z",
            "2026-11-24T00:00:00Z",
            "2026-11-10T00:00:00Z",
        ];
        assert_eq!(learnt_of(&dates), Some(DAY));
    }

    #[test]
    fn of_two_in_the_middle_the_shorter_one_counts() {
        let dates = ["2026-11-26T00:00:00Z", "2026-11-25T00:00:00Z", "2026-11-18T00:00:00Z"];
        assert_eq!(learnt_of(&dates), Some(DAY));
    }

    #[test]
    fn two_dates_are_no_habit() {
        assert_eq!(learnt_of(&[]), None);
        let two = ["2026-11-26T00:00:00Z", "2026-11-25T00:00:00Z", "2026-11-25T01:00:00+01:00"];
        assert_eq!(learnt_of(&two), None);
    }

    #[test]
    fn a_config_says_it_with_a_unit() {
        assert_eq!(parse("1d"), Ok(DAY));
        assert_eq!(parse("1d 12h"), Ok(DAY + DAY / 2));
        for odd in ["", "1", "daily", "-1d", "59s", "0d", "367d", "99999999999999999999y", "1d\u{202e}"] {
            let problem = parse(odd).unwrap_err();
            assert!(problem.starts_with("must say how often new data is due, such as `1d`"), "{problem}");
            assert!(!problem.contains('\u{202e}'), "{problem}");
        }
    }

    proptest! {
        #[test]
        fn the_order_of_loads_does_not_matter(hours in prop::collection::vec(0_i64..100_000, 0..12)) {
            let date = |hour: &i64| DataDate::from_instant(chrono::DateTime::from_timestamp(hour * 3600, 0).unwrap());
            let forwards = learnt(hours.iter().map(date));
            prop_assert_eq!(forwards, learnt(hours.iter().rev().map(date)));
            prop_assert!(forwards != Some(Duration::ZERO));
        }
    }
}
