mod edges;

use chrono::TimeZone;
use chrono_tz::{TZ_VARIANTS, Tz};
use proptest::prelude::*;

use super::rows::{ColumnValue, Which};
use super::*;
use crate::model::column_type::ColumnType;

const TYPES: [ColumnType; 3] = [ColumnType::Timestamp, ColumnType::TimestampTz, ColumnType::Date];

fn date(text: &str) -> DataDate {
    DataDate::parse(text).unwrap()
}

fn zone(name: &str) -> Zone {
    Zone::parse(name).unwrap()
}

fn span(start: &str, end: &str) -> Span {
    Span { start: date(start).instant(), end: date(end).instant() }
}

#[test]
fn a_day_of_the_zone_has_23_24_or_25_hours() {
    let new_york = zone("America/New_York");
    for (day, hours) in [("2015-03-08", 23), ("2015-07-01", 24), ("2015-11-01", 25)] {
        let Span { start, end } = Window::day(date(&format!("{day}T12:00:00Z")), new_york).hull();
        assert_eq!((end - start).num_hours(), hours, "{day}");
    }
    let late = Window::day(date("2015-07-02T03:30:00Z"), new_york);
    assert_eq!(late.hull(), span("2015-07-01T04:00:00Z", "2015-07-02T04:00:00Z"), "by the zone's own clock");
    assert_eq!(late.to_string(), "the day 2015-07-01 in America/New_York");
}

#[test]
fn the_two_hours_of_one_name_are_two_windows_that_only_instants_tell_apart() {
    let new_york = zone("America/New_York");
    let first = Window::hour(date("2015-11-01T05:30:00Z"), new_york);
    let second = Window::hour(date("2015-11-01T06:30:00Z"), new_york);
    assert_eq!(first.hull(), span("2015-11-01T05:00:00Z", "2015-11-01T06:00:00Z"));
    assert_eq!(second.hull(), span("2015-11-01T06:00:00Z", "2015-11-01T07:00:00Z"));
    for window in [first, second] {
        assert!(window.in_column(ColumnType::TimestampTz).is_ok());
        let told = window.in_column(ColumnType::Timestamp).unwrap_err().to_string();
        assert_eq!(
            told,
            "the clocks of America/New_York show 2015-11-01 01:00:00 twice, at 2015-11-01T05:00:00Z and at \
             2015-11-01T06:00:00Z, so that a timestamp column cannot tell the rows of the two apart"
        );
    }
    let after = Window::hour(date("2015-11-01T07:10:00Z"), new_york);
    assert!(after.in_column(ColumnType::Timestamp).is_ok(), "no other hour has this name");
}

#[test]
fn an_hour_of_a_zone_between_the_hours_begins_by_its_own_clock() {
    let hour = Window::hour(date("2015-07-01T00:10:00Z"), zone("Asia/Kolkata"));
    assert_eq!(hour.hull(), span("2015-06-30T23:30:00Z", "2015-07-01T00:30:00Z"));
}

#[test]
fn an_exact_date_in_the_doubled_hour_is_refused_for_wall_times() {
    let window = |zone| Window::exact(date("2015-11-01T05:30:00Z"), zone);
    assert!(window(zone("America/New_York")).in_column(ColumnType::Timestamp).is_err());
    assert!(window(Zone::UTC).in_column(ColumnType::Timestamp).is_ok());
}

/// From the middle of one window to the next, until `end`: where each begins.
fn one_after_another(from: &str, end: &str, of: impl Fn(DataDate) -> Window) -> Vec<String> {
    let mut starts = Vec::new();
    let mut at = date(from).instant();
    while at < date(end).instant() {
        let hull = of(DataDate::from_instant(at)).hull();
        assert_eq!(hull.start, at, "there is no hole before it");
        starts.push(DataDate::from_instant(at).to_string());
        at = hull.end;
    }
    starts
}

#[test]
fn hours_follow_one_another_without_a_hole_whatever_the_clocks_do() {
    // pg_partman#334 left out an hour of this night, matrixone#26984 made one of two and an empty one in spring.
    let madrid = |from, end| one_after_another(from, end, |date| Window::hour(date, zone("Europe/Madrid")));
    assert_eq!(madrid("2020-10-24T23:00:00Z", "2020-10-25T03:00:00Z").len(), 4);
    assert_eq!(madrid("2020-03-29T00:00:00Z", "2020-03-29T03:00:00Z").len(), 3);
    // Half an hour is set back: the second half of this hour comes twice.
    let lord_howe = |date| Window::hour(date, zone("Australia/Lord_Howe"));
    assert_eq!(
        one_after_another("2015-04-04T14:00:00Z", "2015-04-04T16:30:00Z", lord_howe),
        ["2015-04-04T14:00:00Z", "2015-04-04T15:00:00Z", "2015-04-04T15:30:00Z"]
    );
}

#[test]
fn days_that_begin_without_a_midnight_or_are_left_out_are_no_trouble() {
    // apache/druid#5200, moment#1994, weewx#356: the first hour of this day is left out.
    let sao_paulo = |date| Window::day(date, zone("America/Sao_Paulo"));
    assert_eq!(
        one_after_another("2017-10-14T03:00:00Z", "2017-10-17T02:00:00Z", sao_paulo),
        ["2017-10-14T03:00:00Z", "2017-10-15T03:00:00Z", "2017-10-16T02:00:00Z"]
    );
    // Samoa had no December 30th in 2011.
    let apia = |date| Window::day(date, zone("Pacific/Apia"));
    let days = one_after_another("2011-12-29T10:00:00Z", "2011-12-31T10:00:00Z", apia);
    assert_eq!(days, ["2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z"]);
    let last = apia(date("2011-12-30T10:00:00Z"));
    assert_eq!(last.to_string(), "the day 2011-12-31 in Pacific/Apia");
}

#[test]
fn a_date_column_takes_whole_days_of_the_zone() {
    let berlin = zone("Europe/Berlin");
    let days = |window: &Window| window.in_column(ColumnType::Date).ok().map(|rows| rows.which);
    let day = |text: &str| ColumnValue::Day(text.parse().unwrap());
    let first = Which::Within(vec![day("2015-07-01")..day("2015-07-02")]);
    assert_eq!(days(&Window::day(date("2015-06-30T22:00:00Z"), berlin)), Some(first));
    assert_eq!(
        days(&Window::exact(date("2015-06-30T22:00:00Z"), berlin)),
        Some(Which::Equal(day("2015-07-01")))
    );
    assert_eq!(days(&Window::exact(date("2015-07-01T00:00:00Z"), berlin)), None);
    assert_eq!(days(&Window::hour(date("2015-07-01T00:00:00Z"), berlin)), None);
    let two = Window::stream(span("2015-06-30T22:00:00Z", "2015-07-02T22:00:00Z"), berlin).unwrap();
    assert_eq!(days(&two), Some(Which::Within(vec![day("2015-07-01")..day("2015-07-03")])));
}

#[test]
fn a_span_that_has_no_instant_or_that_no_column_holds_is_no_window() {
    for (start, end) in [
        ("2015-07-01T00:00:00Z", "2015-07-01T00:00:00Z"),
        ("2015-07-02T00:00:00Z", "2015-07-01T00:00:00Z"),
        ("2015-07-01T00:00:00.0000001Z", "2015-07-02T00:00:00Z"),
    ] {
        assert_eq!(Window::stream(span(start, end), Zone::UTC), None, "{start} to {end}");
    }
}

#[test]
fn only_a_later_window_makes_a_file_stale_and_nothing_a_stream() {
    let rows = |window: Window| window.in_column(ColumnType::TimestampTz).unwrap();
    let at = |text: &str| Some(ColumnValue::Instant(date(text).instant()));
    let noon = date("2015-07-01T12:00:00Z");
    assert_eq!(rows(Window::exact(noon, Zone::UTC)).stale_from, at("2015-07-01T12:00:00Z"));
    assert_eq!(rows(Window::hour(noon, Zone::UTC)).stale_from, at("2015-07-01T13:00:00Z"));
    assert_eq!(rows(Window::day(noon, Zone::UTC)).stale_from, at("2015-07-02T00:00:00Z"));
    let stream = Window::stream(span("2015-07-01T00:00:00Z", "2015-07-01T06:00:00Z"), Zone::UTC).unwrap();
    assert_eq!(rows(stream).stale_from, None);
}

/// Any zone of the database.
fn any_zone() -> impl Strategy<Value = Tz> {
    (0..TZ_VARIANTS.len()).prop_map(|index| TZ_VARIANTS[index])
}

/// An instant of the years 1970 to 2100, every second one within hours of a change of the zone's clocks.
fn any_instant(zone: Tz) -> impl Strategy<Value = DateTime<Utc>> {
    let years = 0_i64..4_133_980_800;
    (years, any::<bool>(), -7200_i64..7200, 0_i64..2).prop_map(move |(second, near_change, by, fraction)| {
        let second = if near_change { next_change(zone, second) + by } else { second };
        DateTime::from_timestamp(second, 0).unwrap() + Duration::microseconds(fraction)
    })
}

/// The hour in which the offset of a zone changes next, or the second itself when it does not within 300 days.
fn next_change(zone: Tz, second: i64) -> i64 {
    use chrono::Offset;
    let offset = |second: i64| zone.offset_from_utc_datetime(&utc_naive(second)).fix().local_minus_utc();
    let days = (0..300).map(|day| second + day * 86_400);
    let Some(day) = days.clone().find(|day| offset(*day) != offset(*day + 86_400)) else { return second };
    (0..24).map(|hour| day + hour * 3600).find(|hour| offset(*hour) != offset(*hour + 3600)).unwrap_or(second)
}

fn utc_naive(second: i64) -> NaiveDateTime {
    DateTime::from_timestamp(second, 0).unwrap().naive_utc()
}

/// What the clocks of the zone say of an instant, as far as it decides to which window it belongs.
fn name(zone: Tz, instant: DateTime<Utc>, granularity: Granularity) -> (NaiveDateTime, i32) {
    use chrono::Offset;
    let local = instant.with_timezone(&zone);
    let (wall, offset) = (local.naive_local(), local.offset().fix().local_minus_utc());
    match granularity {
        Granularity::Hour => (wall.date().and_hms_opt(wall.hour(), 0, 0).unwrap(), offset),
        // However often its hours are counted, a day is a day.
        Granularity::Day => (midnight(wall.date()), 0),
        Granularity::Exact | Granularity::Stream => (instant.naive_utc(), 0),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    /// The law of windows. Rows may lie anywhere around the window; whatever the column, the condition that DELETE and the
    /// counts of a load use holds for a row exactly when its instant is one of the window, or the load is refused.
    #[test]
    fn a_load_never_deletes_a_row_outside_of_its_window_and_finds_every_row_of_it(
        (zone, of_file, ends) in any_zone().prop_flat_map(|zone| {
            (Just(zone), any_instant(zone), (any_instant(zone), 1_i64..400_000))
        }),
        which in 0_u8..4,
        away in proptest::collection::vec(-180_000_i64..180_000, 40),
    ) {
        let of_zone = Zone::parse(zone.name()).unwrap();
        let data_date = DataDate::from_instant(of_file);
        let window = match which {
            0 => Window::exact(data_date, of_zone),
            1 => Window::hour(data_date, of_zone),
            2 => Window::day(data_date, of_zone),
            _ => {
                let span = Span { start: ends.0, end: ends.0 + Duration::seconds(ends.1) };
                Window::stream(span, of_zone).unwrap()
            }
        };
        let hull = window.hull();
        let near = away.iter().flat_map(|by| {
            [hull.start, hull.end].map(|edge| edge + Duration::seconds(*by))
        });
        let edges = [hull.start, hull.end, of_file].into_iter().flat_map(|at| [at - TICK, at, at + TICK]);
        let rows: Vec<DateTime<Utc>> = near.chain(edges).collect();
        if which == 1 || which == 2 {
            let granularity = if which == 1 { Granularity::Hour } else { Granularity::Day };
            prop_assert!(window.contains(of_file));
            for row in &rows {
                let is_of_it = name(zone, *row, granularity) == name(zone, of_file, granularity);
                prop_assert_eq!(window.contains(*row), is_of_it, "{} of {} in {}", row, of_file, zone);
            }
        }
        for column_type in TYPES {
            let Ok(told) = window.in_column(column_type) else { continue };
            // An exact date in a DATE stands for its day, as there is no finer value.
            if column_type == ColumnType::Date && which == 0 { continue }
            for row in &rows {
                let value = ColumnValue::of(*row, of_zone, column_type);
                prop_assert_eq!(told.which.holds(&value), window.contains(*row), "{} of {} in {}", row, of_file, zone);
                let is_later = told.stale_from.as_ref().is_some_and(|from| value >= *from);
                if which != 0 && is_later {
                    prop_assert!(!window.contains(*row), "what is of the window is not later than it");
                }
            }
        }
    }
}

#[test]
fn a_day_is_refused_by_no_column_in_any_zone_of_the_database() {
    for zone in TZ_VARIANTS {
        for day in ["1975-06-01", "1999-10-31", "2006-10-29", "2015-03-08", "2015-11-01", "2040-04-01"] {
            let window = Window::day(date(&format!("{day}T04:00:00Z")), Zone::parse(zone.name()).unwrap());
            for column_type in TYPES {
                assert!(window.in_column(column_type).is_ok(), "{day} in {zone} by {column_type}");
            }
        }
    }
}

#[test]
fn the_window_of_announced_files_of_one_instant_reads_as_that_instant() {
    let of = |granularity| Window::of(granularity, date("2013-07-01T00:00:00Z"), None, Zone::UTC).unwrap();
    for (granularity, is_one, told) in [
        (Granularity::Exact, true, "2013-07-01T00:00:00Z"),
        (Granularity::Day, false, "2013-07-01T00:00:00Z to 2013-07-02T00:00:00Z"),
    ] {
        let window = Window::of_files(of(granularity).hull(), Zone::UTC);
        assert_eq!((window.holds_one_instant(), window.to_string().as_str()), (is_one, told));
    }
}
