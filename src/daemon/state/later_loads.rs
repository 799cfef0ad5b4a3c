//! Failures that a later load has made moot.

use chrono::{DateTime, Utc};

use crate::daemon::state::failures::FailureReport;
use crate::model::data_date::DataDate;
use crate::warehouse::{LastLoad, Overview};

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
        }
    }

    /// Whether it began after the failure. Ids of loads sort by the time of their beginning, and the ledger knows seconds only.
    fn is_later(&self, failure: &FailureReport) -> bool {
        match &failure.load_id {
            Some(failed) => self.load_id > *failed,
            None => DateTime::parse_from_rfc3339(&failure.at).is_ok_and(|at| self.finished_at > at),
        }
    }

    /// Whether nothing is left to do about the failure: its message has been carried out, or the table has data that is not
    /// older. Where the data was not found, and the message asked for the newest, only the newest will do.
    fn makes_moot(&self, failure: &FailureReport) -> bool {
        if failure.table.as_ref() != Some(&self.table) || !self.is_later(failure) {
            return false;
        }
        let is_as_new = match &failure.data_date {
            Some(date) => DataDate::parse(date).is_ok_and(|date| self.data_date >= date),
            None => self.is_newest,
        };
        self.message_id == failure.message_id || is_as_new
    }
}

/// The same failures; those that one of the loads makes moot say so.
pub(super) fn told(mut failures: Vec<FailureReport>, loads: &[LaterLoad]) -> Vec<FailureReport> {
    for failure in &mut failures {
        failure.was_loaded_since = loads.iter().any(|load| load.makes_moot(failure));
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
    fn a_load_of_older_data_leaves_a_failure_open_unless_it_was_made_for_its_message() {
        let of = |date: &str| loaded("load-2", LATER, date);
        let failure = |date: Option<&str>| failed(Some("load-1"), date);
        assert!(is_over(failure(Some(DATE)), of(NEW)));
        assert!(!is_over(failure(Some(DATE)), of(OLD)));
        assert!(is_over(failure(None), of(NEW)), "it asked for the newest, which is there");
        assert!(!is_over(failure(None), of(DATE)), "somebody has loaded an old day again");
        let of_message = LaterLoad { message_id: failure(None).message_id, ..of(OLD) };
        assert!(is_over(failure(Some(DATE)), of_message.clone()) && is_over(failure(None), of_message));
    }
}
