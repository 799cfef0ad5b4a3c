//! What every table does and waits for.

use serde::Serialize;

/// One table that somebody asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableStatus {
    pub table: String,
    pub load: Option<LoadStatus>,
    /// Messages that wait for the next load.
    pub waiting: usize,
    /// Why they wait; `None` when none does.
    pub waits_because: Option<String>,
}

/// A load under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LoadStatus {
    pub message_id: String,
    pub running_for_seconds: u64,
    /// Messages that it covers besides its own; so called where users see it, as in the ledger's `superseded_messages`.
    pub superseding: usize,
    /// Of its attempt now.
    pub load_id: Option<String>,
    pub stage: Option<&'static str>,
    pub seconds_in_stage: Option<u64>,
    /// Who holds the lock that it waits for, once that was looked at.
    pub blocked_by: Option<String>,
}
