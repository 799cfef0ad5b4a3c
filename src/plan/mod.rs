//! The decision, as data. No choice is left for execution, and no SQL is in here.

pub mod settings;
pub mod reading;
pub mod drift;
pub mod columns;
pub mod data_set;
pub mod input;
pub mod decision;
pub mod step;
pub mod planner;
pub mod check;
pub mod fingerprint;
pub mod row_count;
pub mod strangers;
pub mod merge;
pub mod cuts;
pub mod scaling;
pub mod data_check;
pub mod render;

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::model::data_date::DataDate;
use crate::model::format::Format;
use crate::model::ident::Ident;
use crate::model::load_id::{Fingerprint, LoadId, LoadKey};
use crate::model::load_mode::LoadMode;
use crate::model::object::ObjectUri;
use crate::plan::drift::Drift;
use crate::plan::step::{Copy, Preparation, Step};
use crate::schema::widening::Widening;

/// Everything one load does, in order. Immutable and complete: the same plan run twice has the effect of one run,
/// because it carries its own ledger row and looks again under the table's write lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadPlan {
    pub key: LoadKey,
    /// What [`Step::RecordLoad`] writes.
    pub ledger_row: LedgerRow,
    /// Short, idempotent steps outside the transaction, so that readers never wait for a load.
    pub preparation: Vec<Preparation>,
    pub transaction: Vec<Step>,
}

impl LoadPlan {
    /// The COPY of its data. Every plan that has passed [`check`](check::check) has one.
    pub fn copy(&self) -> Option<&Copy> {
        self.transaction.iter().find_map(|step| match step {
            Step::Copy(copy) => Some(copy),
            _ => None,
        })
    }
}

/// The ledger row of a load, as far as it is known before the load runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerRow {
    pub load_id: LoadId,
    pub message_id: String,
    /// The chosen data file, or the producer's manifest.
    pub source_url: ObjectUri,
    /// The date of the data.
    pub data_date: DataDate,
    pub config_fingerprint: Fingerprint,
    pub data_date_column: Ident,
    /// Whether nothing of earlier loads was there any more.
    pub table_was_empty: bool,
    pub mode: LoadMode,
    pub format: Format,
    /// Fields of the files that go into no column of their own.
    pub drift: Option<Drift>,
    /// Columns that were widened for the load, by this attempt at it or by one before.
    pub widened: Vec<Widening>,
    /// How often new data is due, as the table config says; pages tell by it which tables are late.
    pub cadence: Option<Duration>,
    pub forced: bool,
    /// Compressed bytes of all files.
    pub bytes: u64,
    pub started_at: DateTime<Utc>,
}

impl LedgerRow {
    /// The widened columns for people: `url varchar(256) to varchar(1024)`; `None` when there are none.
    pub fn widened(&self) -> Option<String> {
        let widened: Vec<String> = self.widened.iter().map(ToString::to_string).collect();
        (!widened.is_empty()).then(|| widened.join(", "))
    }
}
