//! Tables whose last load had values that did not fit their columns, or rows that were skipped.

use serde::Serialize;

use crate::daemon::state::last_loads::ToldOfLoad;
use crate::load::LoadReport;
use crate::plan::cuts::CutColumn;

/// The last load of one table, in which COPY has cut values, replaced their bytes, or skipped rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CutsReport {
    pub at: String,
    pub table: String,
    pub load_id: String,
    pub source: String,
    pub values_cut: u64,
    pub values_replaced: u64,
    pub rows_skipped: u64,
    /// Empty where the numbers are known from the ledger alone.
    pub columns: Vec<CutColumnReport>,
}

/// Of one column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CutColumnReport {
    pub column: String,
    /// That it takes.
    pub bytes: u32,
    pub values_cut: u64,
    pub values_replaced: u64,
}

/// As many columns as are shown.
const SHOWN: usize = 20;

impl ToldOfLoad for CutsReport {
    fn of(at: String, table: String, report: &LoadReport) -> Option<Self> {
        let cuts = Some(&report.cuts).filter(|cuts| !cuts.are_none())?;
        let column = |CutColumn { column, cut, replaced }: &CutColumn| CutColumnReport {
            column: column.name.to_string(),
            bytes: column.bytes,
            values_cut: *cut,
            values_replaced: *replaced,
        };
        Some(Self {
            at,
            table,
            load_id: report.load_id.to_string(),
            source: report.source_url.to_string(),
            values_cut: cuts.cut,
            values_replaced: cuts.replaced,
            rows_skipped: cuts.skipped,
            columns: cuts.columns.iter().take(SHOWN).map(column).collect(),
        })
    }

    fn at(&self) -> &str {
        &self.at
    }
}
