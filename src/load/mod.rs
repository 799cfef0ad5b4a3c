//! One load, from the wish for a table to its outcome: gather, decide, execute, and resolve what is unclear.
//!
//! `serve`, `load` and `plan` are three doors to this room.

pub mod loader;
mod attempt;
pub mod gather;
mod discover;
mod readable;

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::config::loads::LoadSettings;
use crate::model::data_date::DataDate;
use crate::model::load_id::LoadId;
use crate::model::object::ObjectUri;
use crate::model::target_table::TargetTable;
use crate::plan::decision::SkipReason;
use crate::request::LoadRequest;
use crate::storage::ObjectStore;
use crate::telemetry::metrics::Metrics;
use crate::warehouse::Warehouse;

/// Loads tables. One value serves any number of loads at once; that no two are of one table is the caller's work.
pub struct Loader {
    pub store: Arc<dyn ObjectStore>,
    pub warehouse: Arc<dyn Warehouse>,
    pub metrics: Arc<Metrics>,
    pub settings: LoadSettings,
    /// The clock.
    pub now: fn() -> DateTime<Utc>,
}

/// What a request asks for one of its tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableWish {
    /// One of the request's.
    pub target: TargetTable,
    /// The message's id, or one of its own for a load without a message.
    pub message_id: String,
    /// Ids of the messages that ask the same and are answered by the load of this wish.
    pub superseded: Vec<String>,
    /// Shared by the wishes for all of its tables: thousands may wait.
    pub request: Arc<LoadRequest>,
}

impl TableWish {
    /// The wishes of a request, a table each.
    pub fn all_of(request: LoadRequest, message_id: &str) -> Vec<Self> {
        let request = Arc::new(request);
        let wish = |target: &TargetTable| Self {
            target: target.clone(),
            message_id: message_id.to_owned(),
            superseded: Vec::new(),
            request: Arc::clone(&request),
        };
        request.targets.iter().map(wish).collect()
    }

    /// Whether both wishes look for files and configs in the same places.
    pub fn reads_the_same(&self, other: &Self) -> bool {
        (&self.request.source, &self.request.config) == (&other.request.source, &other.request.config)
    }

    /// Whether a load for this wish leaves nothing to do for `other`, if `other` was there before the load began:
    /// both ask the same, but that a load by force also does what one without it would do.
    pub fn answers(&self, other: &Self) -> bool {
        let LoadRequest { targets: _, source, truncate, force, date, config, expected_rows } =
            other.request.as_ref();
        let ours = self.request.as_ref();
        self.target == other.target
            && (&ours.source, ours.truncate, ours.date, &ours.config, ours.expected_rows)
                == (source, *truncate, *date, config, *expected_rows)
            && (ours.force || !force)
    }
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
    /// Compressed bytes of all files.
    pub bytes: u64,
    pub data_date: DataDate,
    /// The chosen data file, or the producer's manifest.
    pub source_url: ObjectUri,
}
