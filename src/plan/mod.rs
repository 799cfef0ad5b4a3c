//! The decision, as data. No choice is left for execution, and no SQL is in here.

pub mod input;
pub mod planner;
pub mod fingerprint;
pub mod row_count;
pub mod render;

use std::fmt;

use chrono::{DateTime, Utc};

use crate::model::data_date::DataDate;
use crate::model::ident::Ident;
use crate::model::load_id::{LoadId, LoadKey};
use crate::model::object::ObjectUri;
use crate::model::table::{Column, DataDateColumn, TableSpec};
use crate::model::target_table::TargetTable;
use crate::plan::row_count::RowCountGate;
use crate::schema::conflict::Conflict;

/// What the facts call for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    Load(LoadPlan),
    Skip(SkipReason),
    Refuse(Refusal),
}

/// Why there is nothing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SkipReason {
    /// This message was delivered before, and this table of it is committed, or was answered by a load that is.
    AlreadyLoaded { load_id: LoadId },
    /// Another message asked the same, and its load began when this one was already waiting.
    Superseded { load_id: LoadId },
    /// The table has rows of the file's data date or of a later one.
    NotNewer { candidate: DataDate, newest: DateTime<Utc> },
}

/// Why the table cannot be loaded as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    SchemaMissing(TargetTable),
    NotATable {
        target: TargetTable,
        kind: &'static str,
    },
    /// A DATE cannot tell two files of one day apart: the second would count as loaded, or replace the first.
    DateTooCoarse {
        column: DataDateColumn,
        date: DataDate,
    },
    Conflicts {
        target: TargetTable,
        conflicts: Vec<Conflict>,
    },
}

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

/// A step before the transaction; safe to repeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Preparation {
    /// Writes the manifest that makes COPY load exactly `files`.
    WriteManifest {
        uri: ObjectUri,
        files: Vec<ObjectUri>,
    },
    AddColumn(Column),
}

/// A step inside the transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    CreateTable(TableSpec),
    /// Removes the rows that the load replaces. Comes first, because it takes the exclusive write lock, which makes
    /// it the mutex between daemons (redshift-facts 2.4b).
    Delete(Replaced),
    /// With the write lock held: rolls back when another daemon has loaded the table since the facts were gathered.
    LookAgain {
        /// Ledger rows of the target when the facts were gathered.
        loads_of_target: i64,
    },
    Copy(Copy),
    /// Rolls back when by now another key starts with the key of the copied object: COPY may have loaded it along.
    LookForNeighbours(ObjectUri),
    /// Rolls back when COPY has loaded another number of rows than may be.
    CheckRowCount(RowCountGate),
    /// Notes in the ledger which other messages this load answers, by their ids: they asked the same, and waited when
    /// it began.
    RecordSuperseded(Vec<String>),
    /// Writes the ledger row. Comes last, because under SERIALIZABLE the ledger's own write lock is held from here on.
    RecordLoad,
}

/// The rows that a load replaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replaced {
    All,
    DataDate { column: DataDateColumn, date: DataDate },
}

/// One COPY.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copy {
    /// Never empty. Columns of the table that are not named take their default.
    pub columns: Vec<Ident>,
    pub source: CopySource,
    pub gzip: bool,
    /// The region of the source's bucket.
    pub region: String,
}

/// What COPY reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CopySource {
    /// One object. COPY takes it for a prefix, so no other key may start with this one.
    Object(ObjectUri),
    Manifest(ObjectUri),
}

/// The ledger row of a load, as far as it is known before the load runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerRow {
    pub load_id: LoadId,
    pub message_id: String,
    /// The chosen data file, or the producer's manifest.
    pub source_url: ObjectUri,
    pub mode: LoadMode,
    pub forced: bool,
    /// Compressed bytes of all files.
    pub bytes: u64,
    pub started_at: DateTime<Utc>,
}

/// What happens to rows of other data dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadMode {
    /// They stay.
    Append,
    /// They go.
    Replace,
}

impl LoadMode {
    pub fn label(self) -> &'static str {
        match self {
            Self::Append => "append",
            Self::Replace => "replace",
        }
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyLoaded { load_id } => {
                write!(f, "this message was already loaded, by load {load_id}")
            }
            Self::Superseded { load_id } => {
                write!(
                    f,
                    "superseded by load {load_id}, which was made for another message that asked the same"
                )
            }
            Self::NotNewer { candidate, newest } => write!(
                f,
                "the table has data of {}, the file is of {candidate}; use force to load it again",
                DataDate::from_instant(*newest)
            ),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SchemaMissing(target) => write!(
                f,
                "schema `{}` does not exist; create it, and grant USAGE and CREATE on it to the loader's user",
                target.schema
            ),
            Self::NotATable { target, kind } => {
                write!(f, "{target} is a {kind}, and only a table can be loaded; rename one of the two")
            }
            Self::DateTooCoarse { column, date } => write!(
                f,
                "the data date column `{}` is a date, which cannot hold the time of day of {date}; make it a timestamp",
                column.name
            ),
            Self::Conflicts { target, conflicts } => {
                let conflicts: Vec<String> = conflicts.iter().map(ToString::to_string).collect();
                write!(
                    f,
                    "{target} does not match its table config: {}; change the config or the table",
                    conflicts.join("; ")
                )
            }
        }
    }
}
