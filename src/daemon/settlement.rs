//! What is known about a message when its work has ended, and how it reads in the dead-letter queue and the log.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use crate::daemon::asked::{EventsOfMessage, RefusedFiles};
use crate::failure::Failure;
use crate::failure::load_error::LoadError;
use crate::load::{LoadOutcome, LoadReport};
use crate::model::announced_file::AnnouncedFile;
use crate::model::data_date::DataDate;
use crate::model::object::ObjectUri;
use crate::model::shown::bytes_as_json;
use crate::model::target_table::TargetTable;
use crate::plan::decision::SkipReason;
use crate::plan::input::EarlierLoad;
use crate::queue::group::GroupId;
use crate::queue::{LONGEST_ATTRIBUTE, Message, WhyParked};
use crate::request::events::rewrite::{LONGEST_BODY, notifications_of};
use crate::request::order::Announced;

/// All that is known about a message when its work has ended.
pub(super) struct Settlement {
    pub(super) message: Message,
    pub(super) results: Result<Vec<TableResult>, Undecodable>,
    /// Of a message of events, those that are no part of its orders.
    pub(super) events: Option<EventsOfMessage>,
    pub(super) duration: Duration,
}

/// A message that cannot be understood.
pub(super) struct Undecodable {
    pub(super) failure: Failure,
    /// The tables that it names all the same, as far as they can be read.
    pub(super) targets: Vec<TargetTable>,
}

impl Undecodable {
    /// The tables that the message names; `None` where it names none.
    pub(super) fn tables(&self) -> Option<String> {
        (!self.targets.is_empty()).then(|| joined(&self.targets))
    }
}

/// Tables as every line and attribute names them: separated by commas.
pub(super) fn joined<'a>(targets: impl IntoIterator<Item = &'a TargetTable>) -> String {
    targets.into_iter().map(ToString::to_string).collect::<Vec<String>>().join(",")
}

/// What became of one table of a message.
pub(super) struct TableResult {
    pub(super) target: TargetTable,
    /// The only data date that the message asks for; `None` for the newest.
    pub(super) asked_date: Option<DataDate>,
    pub(super) result: Result<LoadOutcome, Failure>,
    /// The files that its order announces; `None` of a load message.
    pub(super) announced: Option<Arc<Announced>>,
}

impl TableResult {
    /// The announced files whose rows are in the table, whichever load has brought them.
    pub(super) fn loaded_files(&self) -> impl Iterator<Item = &ObjectUri> {
        let failed: HashSet<&ObjectUri> = self.failed_files().into_iter().map(|file| &file.uri).collect();
        let announced = self.announced.iter().flat_map(|announced| &announced.files);
        announced.map(|file| &file.uri).filter(move |uri| !failed.contains(uri))
    }

    /// Of announced files, those that could not be loaded: the ones that its failure names, or all. Empty unless it is a failure.
    fn failed_files(&self) -> Vec<&AnnouncedFile> {
        match (&self.result, &self.announced) {
            (Ok(_), _) => Vec::new(),
            (Err(failure), Some(announced)) if failure.files.is_empty() => announced.files.iter().collect(),
            (Err(failure), _) => failure.files.iter().map(|failed| &failed.file).collect(),
        }
    }

    /// The load that it tells of: its own, an earlier one, or the attempt that failed.
    pub(super) fn load_id(&self) -> Option<String> {
        match &self.result {
            Ok(LoadOutcome::Loaded(LoadReport { load_id, .. }))
            | Ok(LoadOutcome::Skipped(
                SkipReason::AlreadyLoaded { load_id }
                | SkipReason::Covered { load_id }
                | SkipReason::Gathered { load_id }
                | SkipReason::FilesKnown { load_id }
                | SkipReason::SameFiles { earlier: EarlierLoad { load_id, .. }, .. }
                | SkipReason::OlderInWindow { earlier: EarlierLoad { load_id, .. }, .. },
            )) => Some(load_id.to_string()),
            Err(failure) => failure.load_id.as_ref().map(ToString::to_string),
            Ok(LoadOutcome::Skipped(SkipReason::NotNewer { .. })) => None,
        }
    }
}

impl Settlement {
    /// Every failure, with its table where the message could be understood.
    pub(super) fn failures(&self) -> impl Iterator<Item = (Option<&TargetTable>, &Failure)> {
        let of_tables = self.results.iter().flatten();
        let of_tables =
            of_tables.filter_map(|table| Some((Some(&table.target), table.result.as_ref().err()?)));
        let of_events = self.refused().map(|refused| (refused.targets.first(), &refused.failure));
        let of_message = self.results.as_ref().err().map(|Undecodable { failure, .. }| (None, failure));
        of_message.into_iter().chain(of_tables).chain(of_events)
    }

    /// Files of its events that are part of no order.
    pub(super) fn refused(&self) -> impl Iterator<Item = &RefusedFiles> {
        self.events.iter().flat_map(|events| &events.refused)
    }

    /// The bodies that are put into the dead-letter queue: that of a load message as it came, and of a message of events those of the files
    /// that are not loaded, so that it loads only these when it comes back. It may have said less of each than is said now, so that there
    /// are several when one would be too long.
    pub(super) fn parked_bodies(&self) -> Vec<Cow<'_, str>> {
        if self.events.is_none() {
            return vec![Cow::Borrowed(self.message.body.as_str())];
        }
        let of_orders = self.results.iter().flatten().flat_map(TableResult::failed_files);
        let files = of_orders.chain(self.refused().flat_map(|refused| &refused.files));
        let bodies = notifications_of(files, usize::MAX, LONGEST_BODY);
        bodies.into_iter().map(|body| Cow::Owned(body.text)).collect()
    }

    /// The only data date that the message asks for of this table; `None` for the newest.
    pub(super) fn asked_date(&self, table: Option<&TargetTable>) -> Option<DataDate> {
        self.results.iter().flatten().find(|result| Some(&result.target) == table)?.asked_date
    }

    /// Whether its loads were put off, and nothing has failed.
    pub(super) fn is_put_off(&self) -> bool {
        let mut failures = self.failures().peekable();
        failures.peek().is_some() && failures.all(|(_, failure)| failure.kind.is_put_off())
    }

    /// The tables of a message that cannot be understood, separated by commas; `None` where it names none.
    pub(super) fn tables_of_undecodable(&self) -> Option<String> {
        self.results.as_ref().err()?.tables()
    }

    /// The kinds of its failures, in their order, separated by commas; of files that fail each in its way all of them.
    pub(super) fn failed_kinds(&self) -> String {
        of_failures(self, ",", |_, failure| {
            Some(failure.kinds().iter().map(|kind| kind.label()).collect::<Vec<&str>>().join(","))
        })
    }

    /// The tables of its failures, in their order.
    pub(super) fn failed_tables(&self) -> impl Iterator<Item = &TargetTable> {
        let of_orders = self.results.iter().flatten().filter(|table| table.result.is_err());
        of_orders.map(|table| &table.target).chain(self.refused().flat_map(|refused| &refused.targets))
    }

    fn first_table(&self) -> Option<&TargetTable> {
        let of_orders = self.results.iter().flatten().map(|table| &table.target);
        of_orders.chain(self.refused().flat_map(|refused| &refused.targets)).next()
    }

    /// All sentences; empty when nothing failed.
    pub(super) fn reason(&self) -> String {
        of_failures(self, "; ", |_, failure| Some(failure.to_string()))
    }

    /// The first rows that COPY refused, as a JSON array that is a JSON string of this many bytes at most; empty when that
    /// was not it.
    pub(super) fn load_errors(&self, longest: usize) -> String {
        let mut shown: Vec<&LoadError> =
            self.failures().flat_map(|(_, failure)| &failure.load_errors).collect();
        while !shown.is_empty() {
            let text = serde_json::to_string(&shown).expect("text and numbers are always JSON");
            if bytes_as_json(&text) <= longest {
                return text;
            }
            shown.pop();
        }
        String::new()
    }

    pub(super) fn why_parked(&self) -> WhyParked {
        WhyParked {
            reason: self.reason(),
            kind: self.failed_kinds(),
            tables: self.tables_of_undecodable().unwrap_or_else(|| joined(self.failed_tables())),
            load_ids: of_failures(self, ",", |_, failure| failure.load_id.as_ref().map(ToString::to_string)),
            load_errors: self.load_errors(LONGEST_ATTRIBUTE),
            group: self.first_table().map(GroupId::of),
        }
    }
}

fn of_failures(
    settlement: &Settlement,
    separator: &str,
    part: impl Fn(Option<&TargetTable>, &Failure) -> Option<String>,
) -> String {
    let parts = settlement.failures().filter_map(|(table, failure)| part(table, failure));
    parts.collect::<Vec<String>>().join(separator)
}
