//! Where the lanes stand among each other: which tables are ready to be loaded, in which order, and which wait for more files.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tokio::time::Instant;

use crate::model::target_table::TargetTable;

/// Where a lane stands among the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Place {
    /// It is loaded, or nothing waits for it.
    #[default]
    Nowhere,
    /// A load of it may start.
    Ready,
    /// It waits for more files until then.
    Lingering(Instant),
}

/// The tables that have a place.
#[derive(Default)]
pub(super) struct Standings {
    /// Those that are ready, by a number that grows: from 0 down for those that came before all others, and up for the rest.
    ready: BTreeMap<i64, TargetTable>,
    numbers: HashMap<TargetTable, i64>,
    lingering: BTreeSet<(Instant, TargetTable)>,
}

impl Standings {
    /// A table leaves the place that it had.
    pub(super) fn leave(&mut self, target: &TargetTable, place: Place) {
        match place {
            Place::Nowhere => {}
            Place::Ready => {
                if let Some(number) = self.numbers.remove(target) {
                    self.ready.remove(&number);
                }
            }
            Place::Lingering(until) => {
                self.lingering.remove(&(until, target.clone()));
            }
        }
    }

    /// A table comes to a place: when it is ready, behind those that are, or before them.
    pub(super) fn come(&mut self, target: &TargetTable, place: Place, before_others: bool) {
        match place {
            Place::Nowhere => {}
            Place::Ready => {
                let number = match before_others {
                    true => self.ready.first_key_value().map_or(0, |(first, _)| first - 1),
                    false => self.ready.last_key_value().map_or(0, |(last, _)| last + 1),
                };
                self.ready.insert(number, target.clone());
                self.numbers.insert(target.clone(), number);
            }
            Place::Lingering(until) => {
                self.lingering.insert((until, target.clone()));
            }
        }
    }

    /// The tables whose next load may start, in the order in which they may.
    pub(super) fn ready(&self) -> impl ExactSizeIterator<Item = &TargetTable> {
        self.ready.values()
    }

    /// When the next table has waited long enough for more files.
    pub(super) fn lingers_until(&self) -> Option<Instant> {
        self.lingering.first().map(|(until, _)| *until)
    }

    /// The next table that has waited long enough for more files.
    pub(super) fn has_lingered(&self, now: Instant) -> Option<TargetTable> {
        self.lingering.first().filter(|(until, _)| *until <= now).map(|(_, target)| target.clone())
    }

    #[cfg(test)]
    pub(super) fn are_empty(&self) -> bool {
        self.ready.is_empty() && self.numbers.is_empty() && self.lingering.is_empty()
    }
}
