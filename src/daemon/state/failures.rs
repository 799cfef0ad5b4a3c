//! The last failures.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use crate::daemon::Daemon;
use crate::daemon::settlement::Settlement;
use crate::failure::Failure;
use crate::failure::disposition::Disposition;
use crate::failure::load_error::LoadError;
use crate::model::data_date::DataDate;
use crate::model::target_table::TargetTable;

/// Enough to see what a bad night was about.
const KEPT: usize = 50;
/// Files of one failure.
const MOST_FILES: usize = 10;

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
    /// What was to be loaded; the date is that of the message, or `None`, before it was found.
    pub data_date: Option<String>,
    pub source: Option<String>,
    /// The first of the announced files that it is of; empty for a load message.
    pub files: Vec<String>,
    /// The rows that COPY refused, if that was it.
    pub load_errors: Vec<LoadError>,
    /// Whether the ledger has a load that leaves nothing to do about it.
    pub was_loaded_since: bool,
    /// Whether the table has got newer data since, and this data not: its message, sent back, would find the newer.
    pub newer_was_loaded_since: bool,
}

/// The last failures, newest first.
#[derive(Default)]
pub(in crate::daemon) struct RecentFailures(Mutex<VecDeque<FailureReport>>);

impl RecentFailures {
    /// Notes every failed table of a message; those of messages that shared a load as one.
    pub(in crate::daemon) fn note(&self, daemon: &Daemon, settlement: &Settlement, disposition: Disposition) {
        let report_of =
            |table: Option<&TargetTable>, asked_date: Option<DataDate>, failure: &Failure| FailureReport {
                at: daemon.now(),
                message_id: settlement.message.id.clone(),
                messages: 1,
                table: table.map(ToString::to_string).or_else(|| settlement.tables_of_undecodable()),
                load_id: failure.load_id.as_ref().map(ToString::to_string),
                kind: failure.kind.label(),
                stage: failure.stage.label(),
                disposition: disposition.label(),
                sentence: failure.to_string(),
                data_date: failure
                    .data
                    .as_ref()
                    .map(|data| data.date)
                    .or(asked_date)
                    .map(|date| date.to_string()),
                source: failure.data.as_ref().map(|data| data.source.to_string()),
                files: failure.files.iter().take(MOST_FILES).map(|file| file.uri.to_string()).collect(),
                load_errors: failure.load_errors.clone(),
                was_loaded_since: false,
                newer_was_loaded_since: false,
            };
        // What comes again by itself is no news.
        if matches!(disposition, Disposition::Release | Disposition::Forget) {
            return;
        }
        let mut reports = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Of what waits, and why, the page tells by itself.
        let failures = settlement.failures().filter(|(_, failure)| !failure.kind.is_put_off());
        for (table, failure) in failures {
            let report = report_of(table, settlement.asked_date(table), failure);
            // Files of one load may fail each in its way.
            let is_shared = |known: &&mut FailureReport| {
                known.load_id.is_some() && known.load_id == report.load_id && known.files == report.files
            };
            match reports.iter_mut().find(is_shared) {
                Some(known) => known.messages += 1,
                None => reports.push_front(report),
            }
        }
        reports.truncate(KEPT);
    }

    pub(in crate::daemon) fn reports(&self) -> Vec<FailureReport> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}
