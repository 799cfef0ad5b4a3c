//! What is paused.

use chrono::SecondsFormat;
use serde::Serialize;

use crate::model::pause::{Pause, Pauses};

/// Pauses that are told of.
const MOST_PAUSES: usize = 100;

/// A pause in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PauseReport {
    /// `schema.table`, or `table` for every schema; `None` for every load.
    pub table: Option<String>,
    pub since: String,
    pub by: String,
    pub reason: String,
    /// The command that ends it.
    pub resuming: String,
}

impl PauseReport {
    /// As many as are told of.
    pub(in crate::daemon) fn all_of(pauses: &Pauses) -> Vec<Self> {
        pauses.all().iter().take(MOST_PAUSES).map(Self::of).collect()
    }

    fn of(pause: &Pause) -> Self {
        Self {
            table: pause.target.table(),
            since: pause.since.to_rfc3339_opts(SecondsFormat::Secs, true),
            by: pause.who.by.clone(),
            reason: pause.who.reason.clone(),
            resuming: pause.target.resuming(),
        }
    }
}
