//! Which tables have series of their own: only those that are there, and no more than a scraper can bear.
//!
//! The tables of messages are named by whoever writes messages. A series is never given up again, so a name that is
//! merely misspelt must not have one.

use std::collections::{HashMap, HashSet};

use crate::model::freshness::Freshness;
use crate::model::target_table::TargetTable;

/// Seven series each, so 35,000 and four megabytes at most.
pub(super) const MOST_TABLES: usize = 5_000;

/// The tables that the catalog or the ledger has, as far as this process has come across them.
#[derive(Default)]
pub(super) struct KnownTables {
    /// With what `data_age_seconds` is computed from whenever it is read, so that it grows while no load comes.
    with_series: HashMap<TargetTable, Option<Freshness>>,
    /// As many as the warehouse lets there be.
    left_out: HashSet<TargetTable>,
}

impl KnownTables {
    /// Notes that a table is there; true when it is the first one to be left out.
    pub(super) fn add(&mut self, target: &TargetTable) -> bool {
        if self.with_series.contains_key(target) {
            return false;
        }
        if self.with_series.len() < MOST_TABLES {
            self.with_series.insert(target.clone(), None);
            return false;
        }
        self.left_out.insert(target.clone()) && self.left_out.len() == 1
    }

    /// How many tables are there but have no series.
    pub(super) fn left_out(&self) -> usize {
        self.left_out.len()
    }

    /// The values of the labels `schema` and `table`: both empty for a table without series of its own.
    pub(super) fn labels<'a>(&self, target: &'a TargetTable) -> [&'a str; 2] {
        match self.with_series.contains_key(target) {
            true => [target.schema.as_str(), target.table.as_str()],
            false => ["", ""],
        }
    }

    /// Notes how new a table is; an older date than the known one changes nothing but the time of the last load and the
    /// cadence.
    pub(super) fn is_fresh(&mut self, target: &TargetTable, freshness: Freshness) {
        let Some(known) = self.with_series.get_mut(target) else { return };
        let known = known.get_or_insert(freshness);
        if freshness.loaded_at >= known.loaded_at {
            known.cadence = freshness.cadence;
        }
        known.data_date = known.data_date.max(freshness.data_date);
        known.loaded_at = known.loaded_at.max(freshness.loaded_at);
    }

    pub(super) fn freshness(&self) -> impl Iterator<Item = (&TargetTable, Freshness)> {
        self.with_series.iter().filter_map(|(target, freshness)| Some((target, (*freshness)?)))
    }
}
