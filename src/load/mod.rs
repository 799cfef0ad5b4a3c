//! One load, from the order for a table to its outcome: gather, decide, execute, and resolve what is unclear.
//!
//! `serve`, `load` and `plan` are three doors to this room.

pub mod loader;
mod attempt;
mod lost_commit;
pub mod batch;
mod warnings;
pub mod gather;
mod already_there;
mod discover;
mod listing;
mod files;
mod unusable;
mod readable;
mod look;
mod views;
mod unknown_pause;
pub mod retention;
mod data_check;
pub mod routes;
pub mod missing;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::config::loads::LoadSettings;
use crate::model::after_work::AfterWork;
use crate::model::data_date::DataDate;
use crate::model::load_id::LoadId;
use crate::model::object::ObjectUri;
use crate::plan::cuts::Cuts;
use crate::plan::decision::SkipReason;
use crate::plan::drift::Drift;
use crate::storage::ObjectStore;
use crate::telemetry::metrics::Metrics;
use crate::telemetry::progress::Progress;
use crate::telemetry::told::Told;
use crate::warehouse::Warehouse;

/// Loads tables. One value serves any number of loads at once; that no two are of one table is the caller's work.
pub struct Loader {
    pub store: Arc<dyn ObjectStore>,
    pub warehouse: Arc<dyn Warehouse>,
    pub metrics: Arc<Metrics>,
    /// Where each load is.
    pub progress: Arc<Progress>,
    /// The name under which this process writes its loads into the ledger.
    pub name: String,
    pub settings: LoadSettings,
    /// Table configs of which something was said.
    pub told: Told,
    /// The clock.
    pub now: fn() -> DateTime<Utc>,
}

/// How the load of a table ended without a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoadOutcome {
    Loaded(LoadReport),
    Skipped(SkipReason),
}

/// A committed load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadReport {
    pub load_id: LoadId,
    pub rows: u64,
    /// Rows that they replace.
    pub rows_deleted: u64,
    /// Those of them, at least, that a merge removed beyond one of each key; 0 in other modes.
    pub rows_beyond_keys: u64,
    /// Rows of the data of a merge that did not go into the table: for which another one of their key stands, and of whose key the
    /// table has a later row.
    pub rows_duplicate: u64,
    pub rows_outdated: u64,
    /// Values that COPY has cut or replaced.
    pub cuts: Cuts,
    /// Compressed bytes of all files.
    pub bytes: u64,
    pub data_date: DataDate,
    /// The chosen data file, or the producer's manifest.
    pub source_url: ObjectUri,
    /// Fields of the files that the table config lacks.
    pub drift: Option<Drift>,
    /// How often new data is due, as the table config says.
    pub cadence: Option<Duration>,
    /// What the table config has done now.
    pub after: Vec<AfterWork>,
}

impl LoadReport {
    /// What became of other rows than those loaded; each part begins with a comma.
    pub fn other_rows(&self) -> String {
        let Self { rows_deleted, rows_beyond_keys, rows_duplicate, rows_outdated, cuts, .. } = self;
        let mut words = String::new();
        if *rows_deleted > 0 {
            words += &format!(", in place of {rows_deleted}");
        }
        if *rows_beyond_keys > 0 {
            words += &format!(", at least {rows_beyond_keys} of them beyond one of each key");
        }
        if *rows_duplicate > 0 {
            words += &format!(", without {rows_duplicate} rows for which another one of their key stands");
        }
        if *rows_outdated > 0 {
            words += &format!(", without {rows_outdated} rows of which the table has a later one");
        }
        if !cuts.are_none() {
            words += &format!(", {cuts}");
        }
        words
    }
}
