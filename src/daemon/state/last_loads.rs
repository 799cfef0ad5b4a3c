//! What the last load of each table had that its owner should know of.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::daemon::Daemon;
use crate::daemon::settlement::Settlement;
use crate::load::{LoadOutcome, LoadReport};

/// Tables that are kept.
const KEPT: usize = 100;

/// Something that is told of a load.
pub(in crate::daemon) trait ToldOfLoad: Clone {
    /// `None` when there is nothing to tell. `at` is the time in RFC 3339.
    fn of(at: String, table: String, report: &LoadReport) -> Option<Self>;
    fn at(&self) -> &str;
}

/// What is told of the last load of every table, by the name of the table.
pub(in crate::daemon) struct OfLastLoads<T>(Mutex<BTreeMap<String, T>>);

impl<T> Default for OfLastLoads<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: ToldOfLoad> OfLastLoads<T> {
    /// Notes the loads of a message. What a later load of a table does not have any more is forgotten.
    pub(in crate::daemon) fn note(&self, daemon: &Daemon, settlement: &Settlement) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for table in settlement.results.iter().flatten() {
            let Ok(LoadOutcome::Loaded(report)) = &table.result else { continue };
            let name = table.target.to_string();
            told.remove(&name);
            if let Some(of_load) = T::of(daemon.now(), name.clone(), report) {
                told.insert(name, of_load);
            }
        }
        while told.len() > KEPT {
            let oldest = told.iter().min_by(|(_, one), (_, other)| one.at().cmp(other.at()));
            let Some(oldest) = oldest.map(|(table, _)| table.clone()) else { break };
            told.remove(&oldest);
        }
    }

    pub(in crate::daemon) fn all(&self) -> Vec<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }
}
