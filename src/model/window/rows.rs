//! How the rows of a window are told from others, by the values of a data date column.

use std::fmt;
use std::ops::Range;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, Utc};

use crate::model::column_type::ColumnType;
use crate::model::window::{TICK, Window, midnight, next, utc};
use crate::model::zone::{Span, Zone};

/// A value of a data date column.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ColumnValue {
    /// Of a TIMESTAMPTZ.
    Instant(DateTime<Utc>),
    /// Of a TIMESTAMP.
    WallTime(NaiveDateTime),
    /// Of a DATE.
    Day(NaiveDate),
}

impl ColumnValue {
    /// What a column of this type has for an instant.
    pub fn of(instant: DateTime<Utc>, zone: Zone, column_type: ColumnType) -> Self {
        match column_type {
            ColumnType::TimestampTz => Self::Instant(instant),
            ColumnType::Date => Self::Day(zone.wall_time(instant).date()),
            _ => Self::WallTime(zone.wall_time(instant)),
        }
    }

    /// The first instant that a column shows like this; for a wall time that the clocks of the zone leave out, as if they
    /// were those of UTC.
    pub fn instant(&self, zone: Zone) -> DateTime<Utc> {
        let of_wall = |wall: NaiveDateTime| {
            let shown = wall.checked_add_signed(TICK).map(|end| zone.instants(&(wall..end)));
            shown.and_then(|spans| Some(spans.first()?.start)).unwrap_or_else(|| wall.and_utc())
        };
        match self {
            Self::Instant(instant) => *instant,
            Self::WallTime(wall) => of_wall(*wall),
            Self::Day(day) => of_wall(midnight(*day)),
        }
    }

    /// What a column of this type has, out of the seconds that `EXTRACT(EPOCH …)` makes of it.
    pub fn of_epoch(seconds: i64, column_type: ColumnType) -> Option<Self> {
        let at = DateTime::from_timestamp(seconds, 0)?;
        Some(match column_type {
            ColumnType::TimestampTz => Self::Instant(at),
            ColumnType::Date => Self::Day(at.date_naive()),
            _ => Self::WallTime(at.naive_utc()),
        })
    }
}

impl fmt::Display for ColumnValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Instant(instant) => f.write_str(&instant.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
            Self::WallTime(wall) => write!(f, "{}", wall.format("%Y-%m-%d %H:%M:%S%.f")),
            Self::Day(day) => write!(f, "{day}"),
        }
    }
}

/// The rows of a window, by the values of a data date column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowRows {
    pub which: Which,
    /// Rows from this value on make a file of the window too old; `None` when none do.
    pub stale_from: Option<ColumnValue>,
}

/// A condition on a data date column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    Equal(ColumnValue),
    /// In one of the ranges; never empty.
    Within(Vec<Range<ColumnValue>>),
}

impl WindowRows {
    /// Rows of the very date are as new as the file.
    fn exactly(value: ColumnValue) -> Self {
        Self { which: Which::Equal(value.clone()), stale_from: Some(value) }
    }
}

impl Which {
    pub fn holds(&self, value: &ColumnValue) -> bool {
        match self {
            Self::Equal(only) => only == value,
            Self::Within(ranges) => ranges.iter().any(|range| range.contains(value)),
        }
    }
}

/// A column cannot tell the rows of a window from others.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotTold {
    #[error(
        "the clocks of {zone} show {wall_time} twice, at {} and at {}, so that a timestamp column cannot tell the rows of the \
         two apart",
        utc(.instants[0]), utc(.instants[1])
    )]
    Ambiguous { zone: Zone, wall_time: NaiveDateTime, instants: [DateTime<Utc>; 2] },
    #[error("a date column holds whole days only")]
    NotWholeDays,
}

impl Window {
    /// How the rows of the window are told from others by a column of this type.
    ///
    /// # Errors
    /// When they cannot be told: then a DELETE by this column would take rows of other instants along.
    pub fn in_column(&self, column_type: ColumnType) -> Result<WindowRows, NotTold> {
        match column_type {
            ColumnType::TimestampTz => Ok(self.by_instant()),
            ColumnType::Date => self.by_day(),
            _ => self.by_wall_time(),
        }
    }

    fn by_instant(&self) -> WindowRows {
        let hull = self.hull();
        let value = ColumnValue::Instant;
        if self.is_instant() {
            return WindowRows::exactly(value(hull.start));
        }
        let ranges = self.spans.iter().map(|span| value(span.start)..value(span.end)).collect();
        self.within(ranges, value(hull.end))
    }

    fn by_wall_time(&self) -> Result<WindowRows, NotTold> {
        let walls = self.wall_times();
        // What replaces nothing takes no rows of others along.
        if let Some(ambiguous) = self.ambiguous(&walls).filter(|_| !self.is_of_files()) {
            return Err(ambiguous);
        }
        let (start, end) = (ColumnValue::WallTime(walls.start), ColumnValue::WallTime(walls.end));
        if self.is_instant() {
            return Ok(WindowRows::exactly(start));
        }
        let range = start..end.clone();
        Ok(self.within(vec![range], end))
    }

    /// Whole days only: a DATE cannot tell two hours of a day apart.
    fn by_day(&self) -> Result<WindowRows, NotTold> {
        let Range { start, end } = self.wall_times();
        let value = |day| ColumnValue::Day(day);
        if self.is_instant() {
            let day = start.date();
            let begins =
                self.zone.instants(&(midnight(day)..midnight(next(day)))).first().map(|span| span.start);
            return match begins == Some(self.hull().start) {
                true => Ok(WindowRows::exactly(value(day))),
                false => Err(NotTold::NotWholeDays),
            };
        }
        let until = if end.time() == NaiveTime::MIN { end.date() } else { next(end.date()) };
        let first = start.date();
        let are_whole_days = self.zone.instants(&(midnight(first)..midnight(until))) == self.spans;
        match are_whole_days || self.is_of_files() {
            true => Ok(self.within(vec![value(first)..value(until)], value(until))),
            false => Err(NotTold::NotWholeDays),
        }
    }

    fn within(&self, ranges: Vec<Range<ColumnValue>>, end: ColumnValue) -> WindowRows {
        WindowRows { which: Which::Within(ranges), stale_from: self.can_be_stale().then_some(end) }
    }

    fn wall_times(&self) -> Range<NaiveDateTime> {
        let all = self.spans.iter().map(|span| self.zone.wall_times(*span));
        let hull = |all: Range<NaiveDateTime>, one: Range<NaiveDateTime>| {
            all.start.min(one.start)..all.end.max(one.end)
        };
        all.reduce(hull).expect("a window is never empty")
    }

    /// The first instant outside of the window with a wall time of the window, beside one of the window's own that has
    /// the same.
    fn ambiguous(&self, walls: &Range<NaiveDateTime>) -> Option<NotTold> {
        let others = self.zone.instants(walls);
        let other = others.iter().find_map(|span| first_outside(*span, &self.spans))?;
        let wall = self.zone.wall_time(other);
        let own = self.zone.instants(&(wall..wall + TICK)).into_iter().map(|span| span.start);
        let own = own.filter(|instant| self.contains(*instant)).min().unwrap_or_else(|| self.hull().start);
        let (first, second) = (own.min(other), own.max(other));
        Some(NotTold::Ambiguous { zone: self.zone, wall_time: wall, instants: [first, second] })
    }
}

/// The first instant of a span that is in none of the others.
fn first_outside(span: Span, others: &[Span]) -> Option<DateTime<Utc>> {
    let after_others =
        others.iter().fold(span.start, |at, other| if other.contains(at) { other.end } else { at });
    (after_others < span.end).then_some(after_others)
}
