//! Tables whose last load had fields that their configs lack.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use crate::daemon::Daemon;
use crate::daemon::settlement::Settlement;
use crate::load::{LoadOutcome, LoadReport};
use crate::plan::drift::Drift;

/// Tables that are kept.
const KEPT: usize = 100;

/// The last load of one table, whose files had fields that the table config lacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DriftReport {
    pub at: String,
    pub table: String,
    pub load_id: String,
    pub source: String,
    /// The number of the fields; the first of them follow.
    pub unknown_fields: usize,
    pub names: Vec<String>,
    /// Whether they were kept in the column of `drift: rescue`.
    pub rescued: bool,
    /// Lines for `columns` of the table config that would take them.
    pub config_lines: Vec<String>,
}

/// The last load of every table that had such fields, by the name of the table.
#[derive(Default)]
pub(in crate::daemon) struct RecentDrift(Mutex<BTreeMap<String, DriftReport>>);

impl RecentDrift {
    /// Notes the loads of a message. What a later load of a table does not have any more is forgotten.
    pub(in crate::daemon) fn note(&self, daemon: &Daemon, settlement: &Settlement) {
        let mut reports = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for table in settlement.results.iter().flatten() {
            let Ok(LoadOutcome::Loaded(report)) = &table.result else { continue };
            let name = table.target.to_string();
            reports.remove(&name);
            if let Some(drift) = &report.drift {
                reports.insert(name.clone(), report_of(daemon.now(), name, report, drift));
            }
        }
        while reports.len() > KEPT {
            let oldest = reports.values().min_by(|one, other| one.at.cmp(&other.at));
            let Some(oldest) = oldest.map(|report| report.table.clone()) else { break };
            reports.remove(&oldest);
        }
    }

    pub(in crate::daemon) fn reports(&self) -> Vec<DriftReport> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }
}

fn report_of(at: String, table: String, report: &LoadReport, drift: &Drift) -> DriftReport {
    DriftReport {
        at,
        table,
        load_id: report.load_id.to_string(),
        source: report.source_url.to_string(),
        unknown_fields: drift.count,
        names: drift.shown_names(),
        rescued: drift.are_rescued,
        config_lines: drift.config_lines(),
    }
}
