use chrono::DateTime;
use futures_util::FutureExt;

use super::*;
use crate::failure::{FailureKind, Stage};
use crate::load::LoadReport;
use crate::model::announced_file::AnnouncedFile;
use crate::model::batch_limits::BatchLimits;
use crate::model::data_date::DataDate;
use crate::model::ident::Ident;
use crate::model::load_id::LoadId;
use crate::model::object::{ObjectUri, SourceBucket};
use crate::plan::cuts::Cuts;
use crate::plan::decision::SkipReason;
use crate::request::order::Announced;
use crate::request::terms::Terms;
use crate::telemetry::progress::Progress;

/// Of each order.
const WEIGHT: usize = 10;

fn order(message_id: &str) -> Order {
    let target = TargetTable { schema: Ident::new("s").unwrap(), table: Ident::new("t").unwrap() };
    let terms = Arc::new(Terms::of(SourceBucket { bucket: "b".to_owned(), prefix: String::new() }));
    Order {
        target,
        force: false,
        terms,
        message_id: message_id.to_owned(),
        covered: Vec::new(),
        announced: None,
    }
}

/// A load under way, and two orders that wait for it.
fn two_in_line() -> (Lanes, Turn, InLine, InLine) {
    let lanes = Lanes::new(1, 100, Arc::default());
    let turn = turn_of(&mut lanes.line_up(Ticket::of_message(0), order("a"), WEIGHT));
    let (second, third) = (
        lanes.line_up(Ticket::of_message(1), order("b"), WEIGHT),
        lanes.line_up(Ticket::of_message(2), order("c"), WEIGHT),
    );
    (lanes, turn, second, third)
}

fn turn_of(in_line: &mut InLine) -> Turn {
    match in_line.called().now_or_never() {
        Some(Call::Load(turn)) => turn,
        Some(Call::PutOff(announced)) => panic!("put off with {announced:?}"),
        Some(Call::Covered(result)) => panic!("covered with {result:?}"),
        Some(Call::GivenBack(_)) => panic!("given back"),
        Some(Call::Closed) => panic!("closed"),
        None => panic!("not called"),
    }
}

fn not_newer() -> LoadResult {
    let date = DataDate::parse("2015-07-01T00:00:00Z").unwrap();
    Ok(LoadOutcome::Skipped(SkipReason::NotNewer { candidate: date, newest: date.instant() }))
}

#[tokio::test]
async fn who_waits_is_called_when_the_load_ends_and_covers_the_rest() {
    let (_lanes, first, mut second, mut third) = two_in_line();
    assert!(second.called().now_or_never().is_none());
    first.end(&not_newer());
    let next = turn_of(&mut second);
    assert_eq!(next.covered, ["c"]);
    next.end(&not_newer());
    assert!(matches!(third.called().now_or_never(), Some(Call::Covered(Ok(_)))));
}

#[tokio::test]
async fn a_turn_that_is_dropped_passes_on() {
    let (_lanes, first, mut second, mut third) = two_in_line();
    drop(first);
    drop(turn_of(&mut second));
    turn_of(&mut third);
}

#[tokio::test]
async fn who_leaves_before_being_called_is_passed_over() {
    let (lanes, first, second, mut third) = two_in_line();
    drop(second);
    first.end(&not_newer());
    assert_eq!(turn_of(&mut third).covered, [""; 0]);
    drop(third);
    assert!(lanes.state().callers.is_empty());
}

#[tokio::test]
async fn a_call_that_nobody_hears_passes_on() {
    let (_lanes, first, second, mut third) = two_in_line();
    first.end(&not_newer());
    // Called by now, and gone without having looked.
    drop(second);
    turn_of(&mut third);
}

/// A load that covers another order, which is called by what becomes of the load.
fn load_that_covers_another() -> (Lanes, Turn, InLine) {
    let (lanes, first, mut second, third) = two_in_line();
    first.end(&not_newer());
    let load = turn_of(&mut second);
    assert_eq!(load.covered, ["c"]);
    (lanes, load, third)
}

fn load_id() -> LoadId {
    LoadId("load-1".to_owned())
}

fn failed(kind: FailureKind) -> LoadResult {
    Err(Failure::new(kind, Stage::Copy, "no"))
}

#[tokio::test]
async fn a_load_tells_whom_it_covers_its_id() {
    let (_lanes, load, mut covered) = load_that_covers_another();
    let date = DataDate::parse("2015-07-01T00:00:00Z").unwrap();
    let source_url = ObjectUri::parse("s3://b/s_t_2015-07-01T00:00:00Z.json").unwrap();
    load.end(&Ok(LoadOutcome::Loaded(LoadReport {
        load_id: load_id(),
        rows: 1,
        rows_duplicate: 0,
        rows_outdated: 0,
        cuts: Cuts::default(),
        rows_deleted: 0,
        rows_beyond_keys: 0,
        bytes: 1,
        data_date: date,
        source_url,
        drift: None,
        cadence: None,
        after: Vec::new(),
    })));
    let Some(Call::Covered(result)) = covered.called().now_or_never() else { panic!("not covered") };
    assert_eq!(result, Ok(LoadOutcome::Skipped(SkipReason::Covered { load_id: load_id() })));
}

#[tokio::test]
async fn what_concerns_the_message_of_the_leader_alone_covers_nobody() {
    let already = Ok(LoadOutcome::Skipped(SkipReason::AlreadyLoaded { load_id: load_id() }));
    for result in [already, failed(FailureKind::Aborted), failed(FailureKind::LeaseLost)] {
        let (_lanes, load, mut covered) = load_that_covers_another();
        load.end(&result);
        turn_of(&mut covered);
    }
}

#[tokio::test]
async fn a_failure_of_the_order_is_shared() {
    let (_lanes, load, mut covered) = load_that_covers_another();
    load.end(&failed(FailureKind::DataRejected));
    assert!(matches!(covered.called().now_or_never(), Some(Call::Covered(Err(_)))));
}

#[tokio::test]
async fn who_is_given_back_for_the_sake_of_other_tables_is_told_why() {
    let (lanes, _load, mut second, mut third) = two_in_line();
    lanes.give_back_beyond(WEIGHT);
    assert!(matches!(third.called().now_or_never(), Some(Call::GivenBack(WhyGivenBack::Crowded))));
    assert!(second.called().now_or_never().is_none());
}

#[tokio::test]
async fn who_waits_when_the_lanes_are_closed_is_told_and_whom_a_load_covers_is_covered() {
    let (lanes, load, mut covered) = load_that_covers_another();
    let mut waiting = lanes.line_up(Ticket::of_message(3), order("d"), WEIGHT);
    lanes.close();
    assert!(matches!(waiting.called().now_or_never(), Some(Call::Closed)));
    let mut late = lanes.line_up(Ticket::of_message(4), order("e"), WEIGHT);
    assert!(matches!(late.called().now_or_never(), Some(Call::Closed)));
    assert!(covered.called().now_or_never().is_none());
    load.end(&not_newer());
    assert!(matches!(covered.called().now_or_never(), Some(Call::Covered(Ok(_)))));
}

#[tokio::test]
async fn who_is_not_covered_in_the_end_is_told_of_the_close_even_in_an_outage() {
    let (lanes, load, mut covered) = load_that_covers_another();
    lanes.stop(true);
    lanes.close();
    drop(load);
    assert!(matches!(covered.called().now_or_never(), Some(Call::Closed)));
}

/// What an autoscaler looks at: more loaders help for such a table, and for no other.
#[test]
fn a_table_waits_for_a_slot_when_nothing_else_is_in_its_way() {
    let metrics = Arc::<Metrics>::default();
    let waiting = || {
        let text = metrics.render(DateTime::UNIX_EPOCH);
        let value = text.lines().find_map(|line| line.strip_prefix("s3_to_redshift_lanes_waiting "));
        value.unwrap().to_owned()
    };
    let lanes = Lanes::new(1, 100, Arc::clone(&metrics));
    let of_table = |table: &str, message_id: &str| {
        let order = order(message_id);
        let table = Ident::new(table).unwrap();
        Order { target: TargetTable { table, ..order.target.clone() }, ..order }
    };
    let mut first = lanes.line_up(Ticket::of_message(0), of_table("a", "1"), WEIGHT);
    let turn = turn_of(&mut first);
    let _behind = lanes.line_up(Ticket::of_message(1), of_table("a", "2"), WEIGHT);
    assert_eq!(waiting(), "0", "it waits for its own table");
    let _others =
        ["b", "c"].map(|table| lanes.line_up(Ticket::of_message(2), of_table(table, table), WEIGHT));
    assert_eq!(waiting(), "2");
    lanes.stop(true);
    assert_eq!(waiting(), "0", "no loader could start it");
    lanes.stop(false);
    assert_eq!(waiting(), "2");
    turn.end(&not_newer());
    assert_eq!(waiting(), "2", "one of them has started, and the first table waits for a slot again");
}

/// An order for one file, which waits for others for the default time.
fn file(name: &str) -> Order {
    let uri = ObjectUri::parse(&format!("s3://b/t/{name}")).unwrap();
    let file = AnnouncedFile { uri, size: None, etag: None, version_id: None, date: None };
    let announced = Announced { files: vec![file], limits: BatchLimits::DEFAULT, set_aside: None };
    Order { announced: Some(Arc::new(announced)), ..order(name) }
}

/// A load of three files, and those who wait to hear what becomes of the second and the third.
async fn load_that_gathers_others() -> (Lanes, Turn, InLine, InLine) {
    let lanes = Lanes::new(1, 100, Arc::default());
    let [mut first, second, third] =
        [0, 1, 2].map(|ticket| lanes.line_up(Ticket::of_message(ticket), file(&ticket.to_string()), WEIGHT));
    assert!(first.called().now_or_never().is_none(), "it waits for more files");
    tokio::time::advance(BatchLimits::DEFAULT.linger).await;
    lanes.call_next();
    (lanes, turn_of(&mut first), second, third)
}

#[tokio::test(start_paused = true)]
async fn each_of_the_gathered_orders_hears_what_has_become_of_its_own_files() {
    let (_lanes, load, mut second, mut third) = load_that_gathers_others().await;
    let names = load.gathered.iter().map(|gathered| gathered.files[0].uri.key.clone());
    assert_eq!(names.collect::<Vec<_>>(), ["t/1", "t/2"]);
    assert!(load.covered.is_empty());
    load.end_gathered(|announced| match announced.files[0].uri.key.as_str() {
        "t/1" => Call::Covered(not_newer()),
        _ => Call::Covered(failed(FailureKind::DataRejected)),
    });
    assert!(matches!(second.called().now_or_never(), Some(Call::Covered(Ok(_)))));
    assert!(matches!(third.called().now_or_never(), Some(Call::Covered(Err(_)))));
}

#[tokio::test(start_paused = true)]
async fn a_failure_of_a_load_as_a_whole_is_that_of_all_whose_files_it_was_to_load() {
    for kind in [FailureKind::InvalidTableConfig, FailureKind::WarehouseUnavailable] {
        let (_lanes, load, mut second, mut third) = load_that_gathers_others().await;
        load.end(&failed(kind));
        assert!(matches!(second.called().now_or_never(), Some(Call::Covered(Err(_)))));
        assert!(matches!(third.called().now_or_never(), Some(Call::Covered(Err(_)))));
    }
}

#[tokio::test(start_paused = true)]
async fn when_the_message_of_the_leader_is_lost_the_others_are_loaded_at_once() {
    let (_lanes, load, mut second, _third) = load_that_gathers_others().await;
    load.end(&failed(FailureKind::LeaseLost));
    assert_eq!(turn_of(&mut second).gathered.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_has_waited_long_enough_for_others_is_started_without_anybody_asking() {
    let lanes = Lanes::new(1, 100, Arc::default());
    let mut in_line = lanes.line_up(Ticket::of_message(0), file("0"), WEIGHT);
    let since = Instant::now();
    let called = tokio::select! {
        called = in_line.called() => called,
        () = lanes.start_what_has_lingered() => panic!("it has returned"),
    };
    assert!(matches!(called, Call::Load(_)));
    assert_eq!(since.elapsed().as_secs(), BatchLimits::DEFAULT.linger.as_secs());
}

#[tokio::test(start_paused = true)]
async fn files_that_wait_for_others_are_told_of_the_close() {
    let lanes = Lanes::new(1, 100, Arc::default());
    let mut in_line = lanes.line_up(Ticket::of_message(0), file("0"), WEIGHT);
    lanes.close();
    assert!(matches!(in_line.called().now_or_never(), Some(Call::Closed)));
}

#[tokio::test(start_paused = true)]
async fn a_table_that_gathers_files_says_until_when() {
    let lanes = Lanes::new(1, 100, Arc::default());
    let _in_line = lanes.line_up(Ticket::of_message(0), file("0"), WEIGHT);
    let tables = lanes.status(&Progress::default(), None, DateTime::UNIX_EPOCH);
    let because = tables[0].waits_because.as_deref();
    assert_eq!(because, Some("gathers files until 00:01:00 UTC, or until 1000 wait or enough bytes"));
}
