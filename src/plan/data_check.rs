//! A check of the data of a planned load, without loading it: into which columns COPY would read, and what it made of them.

use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::failure::Failure;
use crate::failure::load_error::LoadError;
use crate::model::column_type::ColumnType;
use crate::model::table::{Column, ColumnDefault, TableSpec, TableState};
use crate::plan::LoadPlan;
use crate::plan::step::Preparation;

/// What became of the check.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DataCheck {
    pub verdict: Verdict,
    /// Why not all of the data would be loaded as it is; or why nobody knows.
    pub reason: Option<String>,
    /// That Redshift has read, headers included; `None` where it does not tell.
    pub lines: Option<u64>,
    /// Of all files, as stored.
    pub bytes: u64,
    #[serde(rename = "seconds", serialize_with = "in_seconds")]
    pub took: Duration,
    /// The first rows that COPY refuses, or would change: as many as `LOAD_ERRORS_SHOWN`.
    pub refused_rows: Vec<LoadError>,
}

/// What COPY would do with the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It takes all of it as it is.
    Taken,
    /// It takes it, with values cut or replaced, or rows skipped, as the config allows.
    Changed,
    Refused,
    /// COPY has no check for such files.
    NotPossible,
    /// It could not be found out.
    Failed,
}

impl DataCheck {
    /// With what COPY said of rows that it does not take as they are.
    pub fn of_refusal(verdict: Verdict, failure: Failure, bytes: u64, took: Duration) -> Self {
        let reason = Some(failure.sentence.to_string());
        Self { verdict, reason, lines: None, bytes, took, refused_rows: failure.load_errors }
    }
}

fn in_seconds<S: Serializer>(took: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    let milliseconds = u32::try_from(took.as_millis()).unwrap_or(u32::MAX);
    serializer.serialize_f64(f64::from(milliseconds) / 1000.0)
}

/// The columns that COPY fills as they would be when it runs: those of the table, with what the load adds and widens before.
///
/// Columns that only the table has take no part. Encodings are left to Redshift.
pub fn columns(plan: &LoadPlan, spec: &TableSpec, table: &TableState) -> Vec<Column> {
    let existing = match table {
        TableState::Table(existing) => Some(existing),
        TableState::SchemaMissing | TableState::Missing | TableState::NotATable(_) => None,
    };
    let widened = |name| {
        plan.preparation.iter().find_map(|step| match step {
            Preparation::Widen(widening) if widening.column == name => Some(ColumnType::Varchar(widening.to)),
            _ => None,
        })
    };
    let column = |name| {
        let there = existing.and_then(|existing| existing.column(name));
        let found = there.or_else(|| spec.columns.iter().find(|column| column.name == *name))?;
        let mut column = Column { encoding: None, ..found.clone() };
        if let Some(wide) = widened(name.clone()) {
            column.column_type = wide;
        }
        // What only the catalog can spell stands in for a null all the same: then a null is taken.
        if let Some(ColumnDefault::Other(_) | ColumnDefault::Identity(_)) = column.default {
            column.default = None;
            column.not_null = false;
        }
        Some(column)
    };
    plan.copy().map_or_else(Vec::new, |copy| copy.columns.iter().filter_map(column).collect())
}

#[cfg(test)]
mod tests;
