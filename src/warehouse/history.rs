//! What the ledger tells people: loads one by one, and all of some days.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::model::data_date::DataDate;
use crate::model::ident::Ident;
use crate::model::load_id::LoadId;
use crate::model::target_table::TargetTable;

/// Which loads to show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HistoryFilter {
    pub schema: Option<Ident>,
    pub table: Option<Ident>,
    pub load_id: Option<LoadId>,
    pub limit: u32,
}

/// What the ledger says of all tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// Of Redshift, as it tells it.
    pub version: String,
    /// The last loads of every table, table by table, the newest first.
    pub last_loads: Vec<LastLoad>,
    /// Hours in which there were loads.
    pub hours: Vec<HourOfLoads>,
}

/// One of the last loads of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastLoad {
    pub target: TargetTable,
    pub load_id: LoadId,
    pub message_id: String,
    /// Whether it replaced all rows of the table.
    pub replaced_all: bool,
    pub data_date: DataDate,
    pub finished_at: DateTime<Utc>,
    pub rows: u64,
    /// The newest data date of all loads of the table.
    pub newest_date: DataDate,
    /// How often new data is due, as the table config of the load said.
    pub cadence: Option<Duration>,
}

/// The loads that ended within one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HourOfLoads {
    pub start: DateTime<Utc>,
    pub loads: u64,
    pub rows: u64,
}

/// One row of the ledger, as text.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct LedgerEntry {
    pub load_id: String,
    pub target_schema: String,
    pub target_table: String,
    pub data_date: String,
    pub source_url: String,
    pub fingerprint: String,
    pub message_id: String,
    pub mode: String,
    pub forced: bool,
    pub rows_loaded: u64,
    /// Rows that the load removed, and rows of its window when it was committed; `None` in rows of older versions.
    pub rows_deleted: Option<u64>,
    pub rows_in_window: Option<u64>,
    pub bytes_loaded: u64,
    /// The rows that the load replaced, in UTC; the end is exclusive. `None` in rows of older versions.
    pub granularity: Option<String>,
    pub timezone: Option<String>,
    pub window_start: Option<String>,
    pub window_end: Option<String>,
    pub format: Option<String>,
    /// Fields of the files that the table config lacked, as people are told of them; `None` when there were none, and in
    /// rows of older versions.
    pub unknown_fields: Option<String>,
    /// Of a merge: rows of the data for which another one of their key stands, and keys of which the table has a later row.
    /// `None` in rows of other modes and of older versions.
    pub rows_duplicate: Option<u64>,
    pub rows_outdated: Option<u64>,
    /// What COPY skipped, cut and replaced; `None` where that was not counted.
    pub rows_skipped: Option<u64>,
    pub values_cut: Option<u64>,
    pub values_replaced: Option<u64>,
    /// Columns that were widened for the load.
    pub widened: Option<String>,
    /// Of a merge: rows that it removed beyond one of each key, at least. `None` as for the rows that it left out.
    pub rows_beyond_keys: Option<u64>,
    /// How often new data was due, as the table config said; `None` where it said nothing, and in rows of older versions.
    pub cadence_seconds: Option<u64>,
    /// Messages that the load covered besides its own.
    pub superseded_messages: u64,
    pub started_at: String,
    pub finished_at: String,
    pub loader: String,
}
