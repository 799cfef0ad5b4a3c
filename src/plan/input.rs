//! The facts that a decision rests on, gathered before it is made.

use chrono::{DateTime, Utc};

use crate::model::data_date::DataDate;
use crate::model::load_id::LoadId;
use crate::model::object::{ObjectMeta, ObjectUri};
use crate::model::table::{TableSpec, TableState};
use crate::plan::row_count::RowCountPolicy;

/// All facts about one table of one request, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanningInput {
    pub wish: Wish,
    pub data: DataSet,
    pub spec: TableSpec,
    /// The config as it was read; part of the fingerprint.
    pub config_text: String,
    pub table: TableState,
    /// The newest data date in the table that is not before the file's; `None` when the file is newer than every
    /// row, or the table has no such column yet.
    pub newest_in_table: Option<DateTime<Utc>>,
    /// Ledger rows of the target, counted before any other fact was gathered.
    pub loads_of_target: i64,
    pub row_count_policy: RowCountPolicy,
    /// Rows of the target's last loads, newest first; empty when no policy asks for them.
    pub recent_row_counts: Vec<u64>,
    /// Where a generated manifest would go: bucket, and a prefix that ends in a slash.
    pub manifest_folder: ObjectUri,
    pub now: DateTime<Utc>,
}

/// What is asked for one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    pub load_id: LoadId,
    pub message_id: String,
    /// Ids of the messages that ask the same and will be answered by the same load.
    pub superseded: Vec<String>,
    pub truncate: bool,
    pub force: bool,
    /// Roll back when COPY loads another number.
    pub expected_rows: Option<u64>,
}

/// The files that one load copies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataSet {
    pub date: DataDate,
    /// The object that was selected: the only file, or a producer's manifest.
    pub chosen: ObjectUri,
    /// Never empty.
    pub files: Vec<ObjectMeta>,
    pub form: DataForm,
    pub gzip: bool,
    pub region: String,
}

/// How COPY can be pointed at the files of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataForm {
    /// The chosen object alone, and no other key starts with its key.
    LoneObject,
    /// The chosen object, but other keys start with its key, and COPY would load them too.
    ObjectWithLongerNeighbours,
    /// A producer's manifest, which COPY can read as it is.
    StrictManifest,
    /// A producer's manifest with entries that COPY would pass over when they are missing.
    LenientManifest,
}
