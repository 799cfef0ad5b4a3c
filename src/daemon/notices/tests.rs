use std::time::Duration;

use super::*;
use crate::daemon::settlement::Undecodable;
use crate::failure::{FailureKind, Stage};
use crate::model::data_date::DataDate;
use crate::model::ident::Ident;
use crate::model::load_id::LoadId;
use crate::model::object::ObjectUri;
use crate::plan::cuts::Cuts;
use crate::queue::{Message, ReceiptHandle};

const FIRST: Delivery = Delivery { receive_count: 1, tried_for: Duration::ZERO, spread: 0 };
const RETRY: Disposition = Disposition::Retry { after: Duration::ZERO };

fn target(table: &str) -> TargetTable {
    TargetTable { schema: Ident::new("s").unwrap(), table: Ident::new(table).unwrap() }
}

fn failed(kind: FailureKind) -> Result<LoadOutcome, Failure> {
    Err(Failure::new(kind, Stage::Copy, "no").of_load(&LoadId("attempt".to_owned())))
}

fn loaded() -> Result<LoadOutcome, Failure> {
    Ok(LoadOutcome::Loaded(LoadReport {
        load_id: LoadId("load".to_owned()),
        rows: 2,
        rows_duplicate: 0,
        rows_outdated: 0,
        cuts: Cuts::default(),
        rows_deleted: 0,
        rows_beyond_keys: 0,
        bytes: 3,
        data_date: DataDate::parse("2015-07-01T00:00:00Z").unwrap(),
        source_url: ObjectUri::parse("s3://b/k").unwrap(),
        drift: None,
        cadence: None,
        after: Vec::new(),
    }))
}

fn covered() -> Result<LoadOutcome, Failure> {
    Ok(LoadOutcome::Skipped(SkipReason::Covered { load_id: LoadId("other".to_owned()) }))
}

fn settlement(results: Result<Vec<TableResult>, Undecodable>) -> Settlement {
    let message = Message {
        id: "m".to_owned(),
        receipt_handle: ReceiptHandle("r".to_owned()),
        body: String::new(),
        receive_count: 1,
        first_received_at: None,
        original_id: None,
        group: None,
    };
    Settlement { message, results, events: None, duration: Duration::ZERO }
}

/// What is told of tables that ended like this, as `event load_id kind`.
fn told(results: Vec<Result<LoadOutcome, Failure>>, settled: Disposition) -> Vec<String> {
    let tables = results
        .into_iter()
        .map(|result| TableResult { target: target("t"), asked_date: None, result, announced: None })
        .collect();
    let notices = of_settlement(&settlement(Ok(tables)), FIRST, settled, "now");
    let words = |notice: Notice| {
        let event: &'static str = notice.event.into();
        format!("{event} {} {}", notice.load_id.unwrap_or_default(), notice.kind.unwrap_or_default())
    };
    notices.into_iter().map(words).collect()
}

#[test]
fn every_table_of_a_message_has_a_notice_of_its_own() {
    assert_eq!(
        told(vec![loaded(), covered()], Disposition::Delete),
        ["loaded load ", "skipped other covered"]
    );
    let parked = told(vec![loaded(), covered(), failed(FailureKind::DataRejected)], Disposition::Park);
    assert_eq!(parked, ["loaded load ", "skipped other covered", "parked attempt data_rejected"]);
}

#[test]
fn a_table_that_fails_for_good_is_refused_while_its_message_stays_and_one_that_may_pass_is_not_told_of() {
    let results = vec![loaded(), covered(), failed(FailureKind::DataRejected), failed(FailureKind::Conflict)];
    assert_eq!(told(results, RETRY), ["loaded load ", "refused attempt data_rejected"]);
    for settled in [Disposition::Release, Disposition::Forget] {
        assert_eq!(told(vec![loaded(), failed(FailureKind::LeaseLost)], settled), ["loaded load "]);
    }
}

#[test]
fn a_message_that_cannot_be_understood_is_told_for_each_table_that_it_names_or_once() {
    for (targets, expected) in
        [(vec![], vec![None]), (vec![target("a"), target("b")], vec![Some("a"), Some("b")])]
    {
        let failure = Failure::new(FailureKind::InvalidRequest, Stage::Decode, "no");
        let settlement = settlement(Err(Undecodable { failure, targets }));
        let notices = of_settlement(&settlement, FIRST, Disposition::Park, "now");
        let tables: Vec<_> =
            notices.iter().map(|notice| notice.target.as_ref().map(|target| target.table.as_str())).collect();
        assert_eq!(tables, expected);
        assert!(
            notices
                .iter()
                .all(|notice| notice.event == Event::Parked && notice.kind == Some("invalid_request"))
        );
    }
}
