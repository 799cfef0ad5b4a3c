//! Tables whose last load had fields that their configs lack.

use serde::Serialize;

use crate::daemon::state::last_loads::ToldOfLoad;
use crate::load::LoadReport;

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

impl ToldOfLoad for DriftReport {
    fn of(at: String, table: String, report: &LoadReport) -> Option<Self> {
        let drift = report.drift.as_ref()?;
        Some(Self {
            at,
            table,
            load_id: report.load_id.to_string(),
            source: report.source_url.to_string(),
            unknown_fields: drift.count,
            names: drift.shown_names(),
            rescued: drift.are_rescued,
            config_lines: drift.config_lines(),
        })
    }

    fn at(&self) -> &str {
        &self.at
    }
}
