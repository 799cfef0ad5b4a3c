//! The state of the daemon at one moment, for people and scripts.

use serde::Serialize;

use crate::daemon::Daemon;
use crate::daemon::state::cuts::CutsReport;
use crate::daemon::state::drift::DriftReport;
use crate::failure::load_error::LoadError;

/// The daemon at one moment. Instants are RFC 3339.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    pub version: &'static str,
    pub now: String,
    /// What is in the way of loading; empty when nothing is.
    pub not_ready_because: Vec<String>,
    /// Tables with a load or with waiting messages, by name.
    pub tables: Vec<TableStatus>,
    /// The last failures, newest first.
    pub failures: Vec<FailureReport>,
    /// Tables whose last load had fields that their configs lack, by name.
    pub drift: Vec<DriftReport>,
    /// Tables whose last load had values that did not fit their columns, by name.
    pub cuts: Vec<CutsReport>,
}

/// One table that somebody asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableStatus {
    pub table: String,
    pub load: Option<LoadStatus>,
    /// Messages that wait for the next load.
    pub waiting: usize,
}

/// A load under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LoadStatus {
    pub message_id: String,
    pub running_for_seconds: u64,
    /// Messages that it covers besides its own; so called where users see it, as in the ledger's `superseded_messages`.
    pub superseding: usize,
}

/// One table of one message that could not be loaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FailureReport {
    pub at: String,
    pub message_id: String,
    /// Messages that share this failure, as they waited for the same load.
    pub messages: usize,
    /// Of a message that cannot be understood all that it names, separated by commas; `None` when it names none.
    pub table: Option<String>,
    pub load_id: Option<String>,
    pub kind: &'static str,
    pub stage: &'static str,
    /// What became of the message.
    pub disposition: &'static str,
    pub sentence: String,
    /// The rows that COPY refused, if that was it.
    pub load_errors: Vec<LoadError>,
}

impl Status {
    /// The daemon now.
    pub(in crate::daemon) fn of(daemon: &Daemon) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            now: daemon.now(),
            not_ready_because: daemon.health.ready().err().unwrap_or_default(),
            tables: daemon.lanes.status(),
            failures: daemon.failures.reports(),
            drift: daemon.drift.all(),
            cuts: daemon.cuts.all(),
        }
    }
}
