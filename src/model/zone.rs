//! Time zones: which wall time an instant has, and which instants have a wall time.

use std::fmt;
use std::ops::Range;

use chrono::{DateTime, Duration, NaiveDateTime, Offset, TimeZone, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};

use crate::model::misspelling::meant_for;
use crate::model::shown::excerpt;

/// Bytes of the longest name of a zone, and more.
const LONGEST_NAME: usize = 64;

/// A zone of the IANA database, as this program was built with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Zone(Tz);

/// The database has no zone of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{}` is not an IANA time zone such as Europe/Berlin{}",
    excerpt(.name),
    .meant.map(|meant| format!("; `{meant}` is one")).unwrap_or_default()
)]
pub struct UnknownZone {
    name: String,
    meant: Option<&'static str>,
}

/// Instants from `start` on and before `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
}

/// A time in which the clocks of a zone are not changed.
#[derive(Debug, Clone, Copy)]
struct Period {
    span: Span,
    /// What wall time is ahead of UTC.
    offset: Duration,
}

/// No clock is further from UTC than this, and none is changed by more.
const FARTHEST: Duration = Duration::hours(26);

impl Span {
    pub fn contains(self, instant: DateTime<Utc>) -> bool {
        self.start <= instant && instant < self.end
    }

    fn overlap(self, other: Self) -> Option<Self> {
        let overlap = Self { start: self.start.max(other.start), end: self.end.min(other.end) };
        (overlap.start < overlap.end).then_some(overlap)
    }
}

/// The names of the database that have been UTC at all times; London is none of them.
const UTC_NAMES: [&str; 18] = [
    "UTC",
    "Etc/UTC",
    "UCT",
    "Etc/UCT",
    "Universal",
    "Etc/Universal",
    "Zulu",
    "Etc/Zulu",
    "GMT",
    "Etc/GMT",
    "GMT0",
    "Etc/GMT0",
    "GMT+0",
    "Etc/GMT+0",
    "GMT-0",
    "Etc/GMT-0",
    "Greenwich",
    "Etc/Greenwich",
];

impl Zone {
    pub const UTC: Self = Self(Tz::UTC);

    /// Whether its clocks have always shown UTC, and always will: `Zulu` and `GMT` are other names of it.
    pub fn is_always_utc(self) -> bool {
        UTC_NAMES.contains(&self.0.name())
    }

    /// Reads the name of a zone, in the case in which the database has it.
    pub fn parse(name: &str) -> Result<Self, UnknownZone> {
        let found = if name.len() <= LONGEST_NAME { name.parse().ok() } else { None };
        found.map(Self).ok_or_else(|| {
            let meant = meant_for(name, TZ_VARIANTS.iter().map(|zone| zone.name()));
            UnknownZone { name: name.to_owned(), meant }
        })
    }

    pub fn wall_time(self, instant: DateTime<Utc>) -> NaiveDateTime {
        // Leap seconds stay what they are, which they would not by adding a duration.
        let utc = instant.naive_utc();
        utc.checked_add_offset(self.0.offset_from_utc_datetime(&utc).fix()).unwrap_or(utc)
    }

    /// The instants whose wall times are in a range: in order, apart from one another, and more than one span only where
    /// a clock was set back over the edge of the range.
    pub fn instants(self, wall_times: &Range<NaiveDateTime>) -> Vec<Span> {
        let (from, until) = (wall_times.start.and_utc(), wall_times.end.and_utc());
        let edges =
            [moved(from, -FARTHEST), moved(from, FARTHEST), moved(until, -FARTHEST), moved(until, FARTHEST)];
        let mut spans = Vec::new();
        // Far from the edges, all instants are in the range.
        let middle = Span { start: edges[1], end: edges[2] };
        if middle.start < middle.end {
            spans.push(middle);
        }
        let around = if middle.start < middle.end {
            vec![Span { start: edges[0], end: edges[1] }, Span { start: edges[2], end: edges[3] }]
        } else {
            vec![Span { start: edges[0], end: edges[3] }]
        };
        for Period { span, offset } in around.into_iter().flat_map(|span| self.periods(span)) {
            spans.extend(span.overlap(Span { start: moved(from, -offset), end: moved(until, -offset) }));
        }
        joined(spans)
    }

    /// The earliest and, exclusive, the latest wall time of instants.
    pub fn wall_times(self, span: Span) -> Range<NaiveDateTime> {
        let near =
            |at: DateTime<Utc>| span.overlap(Span { start: moved(at, -FARTHEST), end: moved(at, FARTHEST) });
        let edges = [near(span.start), near(span.end)].into_iter().flatten();
        let walls = edges.flat_map(|span| self.periods(span)).map(|Period { span, offset }| {
            moved(span.start, offset).naive_utc()..moved(span.end, offset).naive_utc()
        });
        let hull = |all: Range<NaiveDateTime>, one: Range<NaiveDateTime>| {
            all.start.min(one.start)..all.end.max(one.end)
        };
        walls.reduce(hull).unwrap_or_else(|| self.wall_time(span.start)..self.wall_time(span.end))
    }

    /// The part of a span around an instant in it, in which the clocks are not changed.
    pub fn period_around(self, instant: DateTime<Utc>, span: Span) -> Span {
        let periods = self.periods(span).into_iter().map(|period| period.span);
        periods.into_iter().find(|period| period.contains(instant)).unwrap_or(span)
    }

    /// What the wall time is ahead of UTC.
    fn offset(self, instant: DateTime<Utc>) -> Duration {
        let offset = self.0.offset_from_utc_datetime(&instant.naive_utc()).fix();
        Duration::seconds(i64::from(offset.local_minus_utc()))
    }

    /// Parts a span where the clocks are changed, which in every zone are hours apart.
    fn periods(self, span: Span) -> Vec<Period> {
        let mut periods = Vec::new();
        let (mut start, mut at) = (span.start, span.start);
        while at < span.end {
            let next = moved(at, Duration::hours(1)).min(span.end);
            if self.offset(at) != self.offset(next) {
                let change = self.change_between(at, next);
                periods.push(Period { span: Span { start, end: change }, offset: self.offset(at) });
                start = change;
            }
            at = next;
        }
        if start < span.end {
            periods.push(Period { span: Span { start, end: span.end }, offset: self.offset(start) });
        }
        periods
    }

    /// The second from which on the later of two offsets holds.
    fn change_between(self, before: DateTime<Utc>, after: DateTime<Utc>) -> DateTime<Utc> {
        let old = self.offset(before);
        let (mut low, mut high) = (before.timestamp(), after.timestamp());
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            let at = DateTime::from_timestamp(middle, 0).unwrap_or(after);
            if self.offset(at) == old { low = middle } else { high = middle }
        }
        DateTime::from_timestamp(high, 0).unwrap_or(after)
    }
}

/// Some time later or, if it is negative, earlier; no further than this clock goes: columns go further.
fn moved(at: DateTime<Utc>, by: Duration) -> DateTime<Utc> {
    let farthest = if by < Duration::zero() { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
    at.checked_add_signed(by).unwrap_or(farthest)
}

/// Spans in order, those that touch as one.
fn joined(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    let mut joined: Vec<Span> = Vec::new();
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => joined.push(span),
        }
    }
    joined
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

#[cfg(test)]
mod tests;
