//! The daemon's answer to `/status`.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use chrono::SecondsFormat;

use crate::daemon::Daemon;
use crate::daemon::settlement::Settlement;
use crate::failure::Failure;
use crate::failure::disposition::Disposition;
use crate::http::status::{FailureReport, Status};
use crate::model::target_table::TargetTable;

/// Enough to see what a bad night was about.
const KEPT: usize = 50;

/// The last failures, newest first.
#[derive(Default)]
pub(super) struct RecentFailures(Mutex<VecDeque<FailureReport>>);

impl RecentFailures {
    /// Notes every failed table of a message.
    pub(super) fn note(&self, daemon: &Daemon, settlement: &Settlement, disposition: Disposition) {
        let report = |table: Option<&TargetTable>, failure: &Failure| FailureReport {
            at: now(daemon),
            message_id: settlement.message.id.clone(),
            table: table.map(ToString::to_string),
            load_id: failure.load_id.as_ref().map(ToString::to_string),
            kind: failure.kind.label(),
            stage: failure.stage.label(),
            disposition: disposition.label(),
            sentence: failure.sentence.clone(),
            load_errors: failure.load_errors.clone(),
        };
        let mut reports = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        settlement.failures().for_each(|(table, failure)| reports.push_front(report(table, failure)));
        reports.truncate(KEPT);
    }
}

/// The state of the daemon now.
pub(super) fn status(daemon: &Daemon) -> Status {
    Status {
        version: env!("CARGO_PKG_VERSION"),
        now: now(daemon),
        not_ready_because: daemon.health.ready().err().unwrap_or_default(),
        tables: daemon.lanes.status(),
        failures: daemon.failures.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect(),
    }
}

fn now(daemon: &Daemon) -> String {
    (daemon.loader.now)().to_rfc3339_opts(SecondsFormat::Millis, true)
}
