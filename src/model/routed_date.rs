//! The date of the data in a file, as its key tells it.

use std::fmt;

use chrono::{Duration, NaiveDateTime};

use crate::model::data_date::DataDate;
use crate::model::zone::Zone;

/// A date as a key tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RoutedDate {
    /// It has an offset, or counts from 1970.
    Instant(DataDate),
    /// What clocks show, of a zone that others name.
    Wall(NaiveDateTime),
}

impl RoutedDate {
    /// What a date without an offset would be in UTC: by it dates of one table are in their order, whatever their zone is.
    pub fn as_written(self) -> DataDate {
        match self {
            Self::Instant(date) => date,
            Self::Wall(wall) => DataDate::from_instant(wall.and_utc()),
        }
    }

    /// The instant, by the clocks of a zone. Of a time that they show twice it is the first one; of one that they pass over, as some
    /// do with midnight, the first after it.
    pub fn in_zone(self, zone: Zone) -> DataDate {
        match self {
            Self::Instant(date) => date,
            Self::Wall(wall) => {
                let until = wall.checked_add_signed(Duration::days(1)).unwrap_or(wall);
                let first = zone.instants(&(wall..until)).first().map(|span| span.start);
                DataDate::from_instant(first.unwrap_or_else(|| wall.and_utc()))
            }
        }
    }
}

/// RFC 3339; without an offset what clocks show.
impl fmt::Display for RoutedDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Instant(date) => date.fmt(f),
            Self::Wall(wall) => wall.format("%Y-%m-%dT%H:%M:%S%.f").fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_zone(wall: &str, zone: &str) -> String {
        let wall = NaiveDateTime::parse_from_str(wall, "%Y-%m-%d %H:%M").unwrap();
        RoutedDate::Wall(wall).in_zone(Zone::parse(zone).unwrap()).to_string()
    }

    #[test]
    fn what_clocks_show_is_an_instant_of_their_zone() {
        assert_eq!(in_zone("2015-07-01 00:00", "UTC"), "2015-07-01T00:00:00Z");
        assert_eq!(in_zone("2015-07-01 00:00", "Europe/Berlin"), "2015-06-30T22:00:00Z");
    }

    #[test]
    fn a_date_is_shown_and_ordered_as_it_is_written() {
        let wall = NaiveDateTime::parse_from_str("2015-07-01 00:00", "%Y-%m-%d %H:%M")
            .map(RoutedDate::Wall)
            .unwrap();
        let instant = RoutedDate::Instant(DataDate::parse("2015-07-01T02:00:00+02:00").unwrap());
        assert_eq!(
            (wall.to_string(), instant.to_string()),
            ("2015-07-01T00:00:00".to_owned(), "2015-07-01T00:00:00Z".to_owned())
        );
        assert_eq!(wall.as_written(), instant.as_written());
    }

    #[test]
    fn of_a_time_that_is_passed_over_or_shown_twice_it_is_the_first() {
        // The day began at one o'clock.
        assert_eq!(in_zone("2018-11-04 00:00", "America/Sao_Paulo"), "2018-11-04T03:00:00Z");
        assert_eq!(in_zone("2015-10-25 02:30", "Europe/Berlin"), "2015-10-25T00:30:00Z");
    }
}
