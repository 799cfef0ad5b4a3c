//! How old what the ledger says is.

use chrono::SecondsFormat;
use serde::Serialize;

use crate::daemon::state::ledger_look::Seen;

/// When the ledger was read, and why not now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LedgerReading {
    /// RFC 3339; `None` when it was not read yet.
    pub read_at: Option<String>,
    /// `None` when what is shown is fresh.
    pub not_read_because: Option<String>,
}

impl LedgerReading {
    /// Whether what it does not have is not there.
    pub fn is_current(&self) -> bool {
        self.read_at.is_some() && self.not_read_because.is_none()
    }

    pub(in crate::daemon) fn of(seen: &Seen) -> Self {
        let read_at = seen.answer.as_ref().map(|(_, at)| at.to_rfc3339_opts(SecondsFormat::Secs, true));
        Self { read_at, not_read_because: seen.why_not.clone() }
    }
}
