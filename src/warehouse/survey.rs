//! What is asked of the ledger before a load, and what is known then.

use chrono::{DateTime, Utc};

use crate::model::data_date::DataDate;
use crate::model::load_id::{Fingerprint, LoadId};
use crate::model::table::TableState;
use crate::model::window::Window;
use crate::plan::input::LoadEnd;

/// What a survey is to tell of the ledger.
#[derive(Debug, Clone, Copy)]
pub struct SurveyQuestion<'a> {
    /// `None` when no load is meant: then the ledger may be missing, and has no rows, or be one of an earlier version.
    pub message_id: Option<&'a str>,
    /// From when on loads are counted.
    pub since: DateTime<Utc>,
    /// Whether the rows of the last loads matter.
    pub row_counts: bool,
}

/// Which loads of a target are asked for.
#[derive(Debug, Clone, Copy)]
pub struct EarlierQuestion<'a> {
    pub window: &'a Window,
    /// Where they are known.
    pub files: Option<&'a Fingerprint>,
    /// Whether the one of the latest data date matters, as to a merge.
    pub newest: bool,
    /// Loads before the last one that replaced all rows are not in place any more.
    pub replacing: Option<&'a LoadEnd>,
}

/// What is known before S3 is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    pub table: TableState,
    pub ledger: LedgerOfTarget,
}

/// What the ledger says of the loads of one target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LedgerOfTarget {
    /// Their number since the moment of the question; it grows with every committed load, whoever runs it.
    pub loads_since: i64,
    /// The load that the message has already caused.
    pub of_message: Option<LoadId>,
    /// The latest end of a window or data date, in whole seconds since 1970 rounded either way.
    pub newest_end: Option<i64>,
    /// The end of the last one that replaced all rows, or found none.
    pub replacing: Option<LoadEnd>,
    /// The end of the last merge.
    pub merging: Option<LoadEnd>,
    /// Whether the last one had values that did not fit their columns.
    pub last_had_cuts: bool,
    /// Rows of the last ones, newest first; empty unless wanted.
    pub recent_row_counts: Vec<u64>,
}

impl LedgerOfTarget {
    /// Whether there may be a load of this window or of this data date: most files are newer than all before them.
    pub fn may_know(&self, window: &Window, date: DataDate) -> bool {
        let from = window.hull().start.min(date.instant()).timestamp();
        self.newest_end.is_some_and(|newest| from <= newest.saturating_add(1))
    }
}
