//! Failures that a later load has made moot.

use chrono::{DateTime, Utc};

use crate::daemon::state::failures::FailureReport;
use crate::model::data_date::DataDate;
use crate::warehouse::history::{LastLoad, Overview};

/// A load of the ledger, as far as it says that a failure is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LaterLoad {
    table: String,
    load_id: String,
    message_id: String,
    data_date: DataDate,
    finished_at: DateTime<Utc>,
    /// Whether the table has never had newer data.
    is_newest: bool,
    /// Whether it has replaced all rows, so that none of older data is missing.
    replaced_all: bool,
}

impl LaterLoad {
    /// The last ones of each table.
    pub(super) fn all_of(overview: &Overview) -> Vec<Self> {
        overview.last_loads.iter().map(Self::of).collect()
    }

    fn of(load: &LastLoad) -> Self {
        Self {
            table: load.target.to_string(),
            load_id: load.load_id.to_string(),
            message_id: load.message_id.clone(),
            data_date: load.data_date,
            finished_at: load.finished_at,
            is_newest: load.data_date >= load.newest_date,
            replaced_all: load.replaced_all,
        }
    }

    /// Whether it began after the failure. Ids of loads sort by the time of their beginning, and the ledger knows seconds only.
    fn is_later(&self, failure: &FailureReport) -> bool {
        match &failure.load_id {
            Some(failed) => self.load_id > *failed,
            None => DateTime::parse_from_rfc3339(&failure.at).is_ok_and(|at| self.finished_at > at),
        }
    }

    fn follows(&self, failure: &FailureReport) -> bool {
        failure.table.as_ref() == Some(&self.table) && self.is_later(failure)
    }

    /// Whether nothing is left to do about the failure: its message has been carried out, its data is there, or newer data has
    /// replaced the whole table. Where the data was not found, and the message asked for the newest, the newest will do.
    fn makes_moot(&self, failure: &FailureReport) -> bool {
        let is_there = match &failure.data_date {
            Some(date) => DataDate::parse(date).is_ok_and(|date| match self.replaced_all {
                true => self.data_date >= date,
                false => self.data_date == date,
            }),
            None => self.is_newest,
        };
        self.follows(failure) && (self.message_id == failure.message_id || is_there)
    }

    /// Whether the table has got newer data than that of the failure, which is still missing.
    fn is_newer(&self, failure: &FailureReport) -> bool {
        let date = failure.data_date.as_ref().and_then(|date| DataDate::parse(date).ok());
        self.follows(failure) && date.is_some_and(|date| self.data_date > date)
    }
}

/// The same failures; those that one of the loads makes moot say so.
pub(super) fn told(mut failures: Vec<FailureReport>, loads: &[LaterLoad]) -> Vec<FailureReport> {
    // Of announced files the ledger's row of a load does not tell which they were; what this daemon has loaded since is known already.
    for failure in failures.iter_mut().filter(|failure| failure.files.is_empty()) {
        failure.was_loaded_since = loads.iter().any(|load| load.makes_moot(failure));
        failure.newer_was_loaded_since =
            !failure.was_loaded_since && loads.iter().any(|load| load.is_newer(failure));
    }
    failures
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::tests::states::failure;

    const OLD: &str = "2026-11-25T00:00:00Z";
    const DATE: &str = "2026-11-26T00:00:00Z";
    const NEW: &str = "2026-11-27T00:00:00Z";

    fn failed(load_id: Option<&str>, date: Option<&str>) -> FailureReport {
        FailureReport {
            at: "2026-11-26T11:30:00.200Z".to_owned(),
            load_id: load_id.map(str::to_owned),
            data_date: date.map(str::to_owned),
            ..failure("s.t")
        }
    }

    fn loaded(load_id: &str, at: &str, date: &str) -> LaterLoad {
        LaterLoad {
            table: "s.t".to_owned(),
            load_id: load_id.to_owned(),
            message_id: "another".to_owned(),
            data_date: DataDate::parse(date).unwrap(),
            finished_at: at.parse().unwrap(),
            is_newest: date == NEW,
            replaced_all: false,
        }
    }

    fn is_over(failure: FailureReport, load: LaterLoad) -> bool {
        told(vec![failure], &[load]).iter().all(|failure| failure.was_loaded_since)
    }

    const SAME_SECOND: &str = "2026-11-26T11:30:00Z";
    const LATER: &str = "2026-11-26T11:30:01Z";

    #[test]
    fn a_failure_is_over_once_a_later_load_is_in_the_ledger_be_it_within_the_same_second() {
        assert!(is_over(failed(Some("load-1"), Some(DATE)), loaded("load-2", SAME_SECOND, DATE)));
        assert!(
            !is_over(failed(Some("load-2"), Some(DATE)), loaded("load-1", LATER, DATE)),
            "it began before"
        );
        assert!(is_over(failed(None, Some(DATE)), loaded("load-1", LATER, DATE)));
        assert!(!is_over(failed(None, Some(DATE)), loaded("load-1", SAME_SECOND, DATE)), "nobody can tell");
        assert!(!is_over(failure("s.other"), loaded("load-2", LATER, DATE)));
    }

    #[test]
    fn newer_data_leaves_a_hole_unless_it_has_replaced_the_table() {
        let (failure, newer) = (failed(Some("load-1"), Some(DATE)), loaded("load-2", LATER, NEW));
        let [told] = &told(vec![failure.clone()], std::slice::from_ref(&newer))[..] else { panic!() };
        assert!(!told.was_loaded_since && told.newer_was_loaded_since);
        assert!(is_over(failure, LaterLoad { replaced_all: true, ..newer }));
    }

    #[test]
    fn a_failure_of_announced_files_stays_open_whatever_else_is_loaded() {
        let failure =
            FailureReport { files: vec!["s3://b/x".to_owned()], ..failed(Some("load-1"), Some(DATE)) };
        assert!(!is_over(failure, loaded("load-2", LATER, DATE)));
    }

    #[test]
    fn a_load_of_other_data_leaves_a_failure_open_unless_it_was_made_for_its_message() {
        let of = |date: &str| loaded("load-2", LATER, date);
        let failure = |date: Option<&str>| failed(Some("load-1"), date);
        assert!(!is_over(failure(Some(DATE)), of(OLD)));
        assert!(is_over(failure(None), of(NEW)), "it asked for the newest, which is there");
        assert!(!is_over(failure(None), of(DATE)), "somebody has loaded an old day again");
        let of_message = LaterLoad { message_id: failure(None).message_id, ..of(OLD) };
        assert!(is_over(failure(Some(DATE)), of_message.clone()) && is_over(failure(None), of_message));
    }
}
