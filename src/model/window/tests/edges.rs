//! Dates at the ends of what names, columns and clocks can say.

use super::*;

#[test]
fn a_window_that_reaches_beyond_the_years_of_columns_is_held_by_none() {
    let (west, east) = (zone("America/New_York"), zone("Asia/Tokyo"));
    for (text, zone, exact, day) in [
        ("2015-07-01T00:00:00Z", west, true, true),
        ("0001-01-01T00:00:00Z", Zone::UTC, true, true),
        ("0001-01-01T00:00:00Z", west, false, false),
        ("0001-01-01T00:00:00Z", east, true, false),
        ("0000-06-01T00:00:00Z", Zone::UTC, false, false),
        ("0000-01-01T00:00:00+23:00", Zone::UTC, false, false),
        ("9999-12-30T00:00:00Z", Zone::UTC, true, true),
        ("9999-12-31T00:00:00Z", Zone::UTC, true, false),
        ("9999-12-31T16:00:00Z", east, false, false),
        ("9999-12-31T23:59:59.999999Z", Zone::UTC, false, false),
        ("9999-12-31T23:59:59-23:00", Zone::UTC, false, false),
    ] {
        let held = [Window::exact(date(text), zone), Window::day(date(text), zone)]
            .map(|window| window.is_held_by_columns());
        assert_eq!(held, [exact, day], "{text} in {zone}");
    }
}

/// Any text that a name may say, and some that it may not.
fn any_date() -> impl Strategy<Value = String> {
    let year = prop_oneof![Just(0_u32), Just(1), Just(9999), 0_u32..=9999];
    let day = prop_oneof![Just((1, 1)), Just((12, 31)), (1_u32..=12, 1_u32..=28)];
    let second = prop_oneof![Just("00"), Just("59.999999999"), Just("60"), Just("60.5")];
    (year, day, 0..24, 0..60, second, -23..=23, 0..60).prop_map(
        |(year, (month, day), hour, minute, second, offset, minutes)| {
            format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second}{offset:+03}:{minutes:02}")
        },
    )
}

proptest! {
    #[test]
    fn no_date_of_a_name_makes_a_panic(text in any_date(), zone in any_zone()) {
        let zone = super::zone(zone.name());
        let Ok(date) = DataDate::parse(&text) else { return Ok(()) };
        for granularity in [Granularity::Exact, Granularity::Hour, Granularity::Day] {
            let window = Window::of(granularity, date, None, zone).expect("it takes no span");
            prop_assert!(window.contains(date.instant()), "{} is not in {}", date, window);
            let _ = window.is_held_by_columns();
            drop(TYPES.map(|column_type| window.in_column(column_type)));
        }
    }

    #[test]
    fn no_value_of_a_column_makes_a_panic(second: i64, near_an_end in 0..200_000_i64, zone in any_zone()) {
        let zone = super::zone(zone.name());
        let (first, last) = (DateTime::<Utc>::MIN_UTC.timestamp(), DateTime::<Utc>::MAX_UTC.timestamp());
        for second in [second, first + near_an_end, last - near_an_end] {
            for value in TYPES.into_iter().filter_map(|column_type| ColumnValue::of_epoch(second, column_type)) {
                let instant = value.instant(zone);
                let _ = zone.wall_time(instant);
            }
        }
    }
}
