//! Rows of the ledger that nothing needs any more.

use chrono::{DateTime, Utc};

use crate::model::load_id::LoadId;
use crate::model::target_table::TargetTable;
use crate::plan::input::LoadEnd;

/// Rows of the ledger that have done their work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldRows {
    /// The oldest first.
    pub loads: Vec<OldLoad>,
    /// Whether there are no more of them.
    pub are_all: bool,
    /// The number of old messages that were covered by loads made for others.
    pub messages: u64,
    /// When the first of them was recorded, in whole seconds rounded either way.
    pub messages_from: DateTime<Utc>,
    /// Old files; a table each, or two of those whose rows are gone and those whose rows are in place.
    pub files: Vec<OldFiles>,
    /// Before this moment files were recorded that are to be forgotten though their rows are in place.
    pub forget_before: Option<DateTime<Utc>>,
}

impl OldRows {
    /// Files whose rows are gone.
    pub fn count_files(&self) -> u64 {
        self.files.iter().filter(|files| files.replacing.is_some()).map(|files| files.count).sum()
    }

    /// Files whose rows are in place, of each table.
    pub fn forgotten(&self) -> impl Iterator<Item = &OldFiles> {
        self.files.iter().filter(|files| files.replacing.is_none())
    }
}

/// Old files of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldFiles {
    pub target: TargetTable,
    /// The end of the last load that replaced all rows of the table, theirs too, so that they protect nothing any more; `None` of files
    /// whose rows are in place.
    pub replacing: Option<LoadEnd>,
    pub count: u64,
    /// When the first and the last of them were recorded, in whole seconds rounded either way.
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
}

/// A load that protects nothing any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldLoad {
    pub load_id: LoadId,
    pub target: TargetTable,
    pub finished_at: DateTime<Utc>,
}
