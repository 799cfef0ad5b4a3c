use super::*;
use crate::model::data_date::DataDate;

fn at(text: &str) -> DateTime<Utc> {
    DataDate::parse(text).unwrap().instant()
}

fn wall(text: &str) -> NaiveDateTime {
    text.parse().unwrap()
}

#[test]
fn a_zone_is_known_by_its_name_and_another_spelling_is_told_the_right_one() {
    assert_eq!(Zone::parse("America/New_York").unwrap().to_string(), "America/New_York");
    for (name, meant) in [
        ("america/new_york", "`America/New_York` is one"),
        ("America/NewYork", "`America/New_York` is one"),
        ("Europe/Berln", "`Europe/Berlin` is one"),
    ] {
        let error = Zone::parse(name).unwrap_err().to_string();
        assert!(error.contains(meant), "{error}");
    }
    for name in ["", "+02:00", "local", &"x".repeat(4000)] {
        assert!(Zone::parse(name).unwrap_err().to_string().ends_with("such as Europe/Berlin"), "{name}");
    }
}

#[test]
fn the_zones_that_are_always_utc_are_those_whose_clocks_have_never_shown_anything_else() {
    let months = || (-4000..2000).map(|month| at("2015-07-01T00:00:00Z") + Duration::days(30) * month);
    for zone in TZ_VARIANTS.map(Zone) {
        let is_utc = months().all(|instant| zone.offset(instant) == Duration::zero());
        assert_eq!(zone.is_always_utc(), is_utc, "{zone}");
    }
}

#[test]
fn the_doubled_hour_is_two_hours_of_instants_and_the_left_out_one_is_none() {
    let zone = Zone::parse("America/New_York").unwrap();
    let doubled = zone.instants(&(wall("2015-11-01T01:00:00")..wall("2015-11-01T02:00:00")));
    assert_eq!(doubled, [Span { start: at("2015-11-01T05:00:00Z"), end: at("2015-11-01T07:00:00Z") }]);
    let left_out = zone.instants(&(wall("2015-03-08T02:00:00")..wall("2015-03-08T03:00:00")));
    assert_eq!(left_out, []);
}

#[test]
fn a_day_into_which_the_clock_was_set_back_has_two_parts() {
    // Newfoundland changed its clocks a minute after midnight.
    let zone = Zone::parse("America/St_Johns").unwrap();
    let day = zone.instants(&(wall("2006-10-28T00:00:00")..wall("2006-10-29T00:00:00")));
    assert_eq!(
        day,
        [
            Span { start: at("2006-10-28T02:30:00Z"), end: at("2006-10-29T02:30:00Z") },
            Span { start: at("2006-10-29T02:31:00Z"), end: at("2006-10-29T03:30:00Z") },
        ]
    );
}

#[test]
fn a_long_range_is_one_span() {
    let zone = Zone::parse("Europe/Berlin").unwrap();
    let years = zone.instants(&(wall("2015-01-01T00:00:00")..wall("2020-07-01T00:00:00")));
    assert_eq!(years, [Span { start: at("2014-12-31T23:00:00Z"), end: at("2020-06-30T22:00:00Z") }]);
    assert_eq!(zone.wall_times(years[0]), wall("2015-01-01T00:00:00")..wall("2020-07-01T00:00:00"));
}
