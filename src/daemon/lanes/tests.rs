use futures_util::FutureExt;

use super::*;
use crate::model::data_date::DataDate;
use crate::model::ident::Ident;
use crate::model::object::SourceBucket;
use crate::plan::SkipReason;

fn wish(message_id: &str) -> TableWish {
    TableWish {
        target: TargetTable { schema: Ident::new("s").unwrap(), table: Ident::new("t").unwrap() },
        message_id: message_id.to_owned(),
        superseded: Vec::new(),
        source: SourceBucket { bucket: "b".to_owned(), prefix: String::new() },
        truncate: false,
        force: false,
        date: None,
        config: None,
        expected_rows: None,
    }
}

/// A load under way, and two wishes that wait for it.
fn two_in_line() -> (Lanes, Turn, InLine, InLine) {
    let lanes = Lanes::new(1);
    let turn = turn(&mut lanes.line_up(Ticket(0), wish("a")));
    let (second, third) = (lanes.line_up(Ticket(1), wish("b")), lanes.line_up(Ticket(2), wish("c")));
    (lanes, turn, second, third)
}

fn turn(in_line: &mut InLine) -> Turn {
    match in_line.called().now_or_never() {
        Some(Call::Load(turn)) => turn,
        Some(Call::Answered(result)) => panic!("answered with {result:?}"),
        None => panic!("not called"),
    }
}

fn not_newer() -> LoadResult {
    let date = DataDate::parse("2015-07-01T00:00:00Z").unwrap();
    Ok(LoadOutcome::Skipped(SkipReason::NotNewer { candidate: date, newest: date.instant() }))
}

#[tokio::test]
async fn who_waits_is_called_when_the_load_ends_and_takes_the_rest_along() {
    let (_lanes, first, mut second, mut third) = two_in_line();
    assert!(second.called().now_or_never().is_none());
    first.end(&not_newer());
    let next = turn(&mut second);
    assert_eq!(next.superseded, ["c"]);
    next.end(&not_newer());
    assert!(matches!(third.called().now_or_never(), Some(Call::Answered(Ok(_)))));
}

#[tokio::test]
async fn a_turn_that_is_dropped_passes_on() {
    let (_lanes, first, mut second, mut third) = two_in_line();
    drop(first);
    drop(turn(&mut second));
    turn(&mut third);
}

#[tokio::test]
async fn who_leaves_before_being_called_is_passed_over() {
    let (lanes, first, second, mut third) = two_in_line();
    drop(second);
    first.end(&not_newer());
    assert_eq!(turn(&mut third).superseded, [""; 0]);
    drop(third);
    assert!(lanes.state().callers.is_empty());
}

#[tokio::test]
async fn a_call_that_nobody_hears_passes_on() {
    let (_lanes, first, second, mut third) = two_in_line();
    first.end(&not_newer());
    // Called by now, and gone without having looked.
    drop(second);
    turn(&mut third);
}
