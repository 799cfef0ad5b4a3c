//! The last failures.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use crate::daemon::Daemon;
use crate::daemon::settlement::{Settlement, TableResult};
use crate::failure::disposition::Disposition;
use crate::failure::load_error::LoadError;
use crate::failure::{FailedFile, Failure};
use crate::model::data_date::DataDate;
use crate::model::object::ObjectUri;
use crate::model::target_table::TargetTable;

/// Enough to see what a bad night was about.
const KEPT: usize = 50;
/// Files that are told of one failure.
const MOST_FILES: usize = 10;
/// Files of one failure that are waited for. A failure of more stays open.
const MOST_AWAITED: usize = 1000;

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
    /// Whether a load leaves nothing to do about it: one of the ledger, or of announced files those of this daemon.
    pub was_loaded_since: bool,
    /// Whether the table has got newer data since, and this data not: its message, sent back, would find the newer.
    pub newer_was_loaded_since: bool,
}

/// The last failures, newest first.
#[derive(Default)]
pub(in crate::daemon) struct RecentFailures(Mutex<VecDeque<Known>>);

struct Known {
    report: FailureReport,
    awaited: Awaited,
}

/// The announced files of a failure that were not loaded since.
///
/// The ledger's row of a load does not tell its files, and thousands of them are no question for a page: what this daemon itself has
/// loaded since is what counts.
enum Awaited {
    /// It is of a load message, of which the ledger tells, or of too many files.
    Unknown,
    Files(HashSet<ObjectUri>),
}

impl Known {
    fn of(report: FailureReport, files: &[FailedFile]) -> Self {
        let awaited = match files.len() {
            1..=MOST_AWAITED => Awaited::Files(files.iter().map(|failed| failed.file.uri.clone()).collect()),
            _ => Awaited::Unknown,
        };
        Self { report, awaited }
    }

    fn is_loaded(&mut self, uri: &ObjectUri) {
        if let Awaited::Files(files) = &mut self.awaited {
            files.remove(uri);
            self.report.was_loaded_since = files.is_empty();
        }
    }
}

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
                files: failure
                    .files
                    .iter()
                    .take(MOST_FILES)
                    .map(|failed| failed.file.uri.to_string())
                    .collect(),
                load_errors: failure.load_errors.clone(),
                was_loaded_since: false,
                newer_was_loaded_since: false,
            };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for uri in settlement.results.iter().flatten().flat_map(TableResult::loaded_files) {
            known.iter_mut().for_each(|failure| failure.is_loaded(uri));
        }
        // What comes again by itself is no news.
        if matches!(disposition, Disposition::Release | Disposition::Forget) {
            return;
        }
        // Of what waits, and why, the page tells by itself.
        let failures = settlement.failures().filter(|(_, failure)| !failure.kind.is_put_off());
        for (table, failure) in failures {
            let report = report_of(table, settlement.asked_date(table), failure);
            // Files of one load may fail each in its way.
            let is_shared = |known: &&mut Known| {
                let Known { report: shared, .. } = known;
                shared.load_id.is_some() && shared.load_id == report.load_id && shared.files == report.files
            };
            match known.iter_mut().find(is_shared) {
                Some(shared) => shared.report.messages += 1,
                None => known.push_front(Known::of(report, &failure.files)),
            }
        }
        known.truncate(KEPT);
    }

    pub(in crate::daemon) fn reports(&self) -> Vec<FailureReport> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .map(|known| known.report.clone())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::FailureKind;
    use crate::model::announced_file::AnnouncedFile;
    use crate::page::tests::states::failure;

    fn file(name: &str) -> FailedFile {
        let uri = ObjectUri { bucket: "b".to_owned(), key: name.to_owned() };
        let file = AnnouncedFile { uri, size: None, etag: None, version_id: None, date: None };
        FailedFile { file, kind: FailureKind::DataRejected }
    }

    #[test]
    fn a_failure_of_announced_files_is_over_once_all_of_them_are_loaded() {
        let mut known = Known::of(failure("s.t"), &[file("x"), file("y")]);
        let is_over_after = |known: &mut Known, name: &str| {
            known.is_loaded(&file(name).file.uri);
            known.report.was_loaded_since
        };
        assert_eq!(["other", "y", "x"].map(|name| is_over_after(&mut known, name)), [false, false, true]);
    }

    #[test]
    fn a_failure_of_a_load_message_or_of_very_many_files_is_not_over_by_any_file() {
        let many: Vec<FailedFile> = (0..=MOST_AWAITED).map(|number| file(&number.to_string())).collect();
        for files in [&many[..], &[]] {
            let mut known = Known::of(failure("s.t"), files);
            known.is_loaded(&file("0").file.uri);
            assert!(!known.report.was_loaded_since);
        }
    }
}
