//! The instants that the data of a load is of. All loads but those of announced files replace the rows that are there of them.

pub mod rows;

use std::fmt;

use chrono::{
    DateTime, Datelike, Days, Duration, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, TimeDelta,
    Timelike, Utc,
};

use crate::model::data_date::{DataDate, YEARS};
use crate::model::granularity::Granularity;
use crate::model::zone::{Span, Zone};

/// The smallest difference between two instants in a column.
const TICK: Duration = Duration::microseconds(1);

/// The instants whose rows a load replaces; or, of announced files, which are added to the rows that are there, those that their
/// own rows are of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Window {
    /// `None` for announced files.
    granularity: Option<Granularity>,
    /// In which the data date column has its wall times.
    zone: Zone,
    /// Never empty; in order, and apart from one another. There are two where a clock was set back into a day that had
    /// ended.
    spans: Vec<Span>,
}

impl Window {
    /// The window of a data date, or the span that was named for it. `None` when it takes one and there is none that makes a
    /// window.
    pub fn of(granularity: Granularity, date: DataDate, span: Option<Span>, zone: Zone) -> Option<Self> {
        match granularity {
            Granularity::Exact => Some(Self::exact(date, zone)),
            Granularity::Hour => Some(Self::hour(date, zone)),
            Granularity::Day => Some(Self::day(date, zone)),
            Granularity::Stream => Self::stream(span?, zone),
        }
    }

    /// The instant of a data date, and nothing else.
    pub fn exact(date: DataDate, zone: Zone) -> Self {
        let spans = vec![Span { start: date.instant(), end: date.instant() + TICK }];
        Self { granularity: Some(Granularity::Exact), zone, spans }
    }

    /// The hour of a data date. The two hours of one name, of an autumn night, are two windows.
    pub fn hour(date: DataDate, zone: Zone) -> Self {
        let wall = zone.wall_time(date.instant());
        let start = wall.date().and_hms_opt(wall.hour(), 0, 0).expect("every hour has a beginning");
        let of_name = zone.instants(&(start..start + Duration::hours(1)));
        let part = of_name.into_iter().find(|span| span.contains(date.instant()));
        let part = part.expect("an instant is one of its own wall time");
        Self {
            granularity: Some(Granularity::Hour),
            zone,
            spans: vec![zone.period_around(date.instant(), part)],
        }
    }

    /// The day of a data date: 24 hours, or 23, or 25.
    pub fn day(date: DataDate, zone: Zone) -> Self {
        let day = zone.wall_time(date.instant()).date();
        Self {
            granularity: Some(Granularity::Day),
            zone,
            spans: zone.instants(&(midnight(day)..midnight(next(day)))),
        }
    }

    /// A span that was named. `None` when it has no instant, or one of its ends is none that a column holds.
    pub fn stream(span: Span, zone: Zone) -> Option<Self> {
        let is_held = |at| DataDate::from_instant(at).is_held_by_columns();
        let is_window = span.start < span.end && is_held(span.start) && is_held(span.end);
        is_window.then(|| Self { granularity: Some(Granularity::Stream), zone, spans: vec![span] })
    }

    /// From the first to the last instant that announced files are of. Nothing is replaced.
    pub fn of_files(hull: Span, zone: Zone) -> Self {
        let end = hull.end.max(hull.start + TICK);
        Self { granularity: None, zone, spans: vec![Span { start: hull.start, end }] }
    }

    /// Whether it is that of announced files, which replace nothing.
    pub fn is_of_files(&self) -> bool {
        self.granularity.is_none()
    }

    /// The word of its granularity, or `files`.
    pub fn label(&self) -> &'static str {
        self.granularity.map_or(Self::OF_FILES, Granularity::label)
    }

    /// The word for windows of announced files.
    pub const OF_FILES: &str = "files";

    /// Whether it is a single instant.
    pub fn is_instant(&self) -> bool {
        self.granularity == Some(Granularity::Exact)
    }

    /// Whether rows of one instant alone are of it: of files that are announced, too, where each file's own window is one.
    pub fn holds_one_instant(&self) -> bool {
        let Span { start, end } = self.hull();
        end - start <= TimeDelta::microseconds(1)
    }

    /// Whether rows of later windows make its file too old. What is loaded in the order in which it was made never is, and what is
    /// added neither.
    pub fn can_be_stale(&self) -> bool {
        !matches!(self.granularity, None | Some(Granularity::Stream))
    }

    pub fn zone(&self) -> Zone {
        self.zone
    }

    /// Whether columns can hold its ends, by UTC and by the clocks of its zone, and SQL say them.
    pub fn is_held_by_columns(&self) -> bool {
        let Span { start, end } = self.hull();
        let years = [start, end].map(|at| [at.year(), self.zone.wall_time(at).year()]);
        years.as_flattened().iter().all(|year| YEARS.contains(year))
    }

    pub fn contains(&self, instant: DateTime<Utc>) -> bool {
        self.spans.iter().any(|span| span.contains(instant))
    }

    /// From the first instant to the end of the last.
    pub fn hull(&self) -> Span {
        let (first, last) = (self.spans.first(), self.spans.last());
        let (first, last) = (first.expect("a window is never empty"), last.expect("a window is never empty"));
        Span { start: first.start, end: last.end }
    }
}

fn midnight(day: NaiveDate) -> NaiveDateTime {
    day.and_time(NaiveTime::MIN)
}

fn next(day: NaiveDate) -> NaiveDate {
    day.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX)
}

fn utc(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Span { start, end } = self.hull();
        match self.granularity {
            _ if self.holds_one_instant() => f.write_str(&utc(start)),
            Some(Granularity::Day) => {
                write!(f, "the day {} in {}", self.zone.wall_time(start).date(), self.zone)
            }
            None | Some(_) => {
                write!(f, "{} to {}", utc(start), utc(end))
            }
        }
    }
}

#[cfg(test)]
mod tests;
