mod gathering;
mod laws;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use super::*;
use crate::model::announced_file::AnnouncedFile;
use crate::model::data_date::DataDate;
use crate::model::ident::Ident;
use crate::model::load_mode::LoadMode;
use crate::model::object::{ObjectUri, SourceBucket};
use crate::model::pause::{Pause, PauseTarget, Pauses, WhoAndWhy};
use crate::request::terms::{Selection, Terms};

/// What the tests let orders differ in.
#[derive(Debug, Clone, Copy)]
struct Ask {
    table: u8,
    /// `None` for the newest.
    day: Option<u8>,
    force: bool,
    mode: Option<LoadMode>,
    /// Of two buckets with files of the same days.
    bucket: u8,
    /// How many files are announced, of [`FILE_BYTES`] each; 0 for a load message.
    files: usize,
}

const NEWEST: Ask = Ask { table: 0, day: None, force: false, mode: None, bucket: 0, files: 0 };
/// A file that is announced.
const FILE: Ask = Ask { files: 1, ..NEWEST };
const FILE_BYTES: u64 = 10;
/// Of each order.
const WEIGHT: usize = 10;
/// Of all announced files.
const LIMITS: BatchLimits = BatchLimits { files: 5, bytes: 1_000, linger: Duration::from_secs(60) };

/// An instant, in seconds of the tests' clock.
fn at(seconds: u64) -> Instant {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    *START + Duration::from_secs(seconds)
}

fn table(number: u8) -> TargetTable {
    TargetTable { schema: Ident::new("s").unwrap(), table: Ident::new(&format!("t{number}")).unwrap() }
}

fn order(ticket: u64, ask: Ask) -> Order {
    let date = |day| DataDate::parse(&format!("2015-07-{day:02}T00:00:00Z")).unwrap();
    Order {
        target: table(ask.table),
        message_id: format!("m{ticket}"),
        covered: Vec::new(),
        announced: (ask.files > 0).then(|| Arc::new(announced(ticket, ask.files))),
        force: ask.force,
        terms: Arc::new(Terms {
            selection: ask.day.map_or(Selection::Newest, |day| Selection::Date(date(day))),
            mode: ask.mode,
            ..Terms::of(SourceBucket { bucket: format!("b{}", ask.bucket), prefix: String::new() })
        }),
    }
}

fn announced(ticket: u64, files: usize) -> Announced {
    let file = |number| AnnouncedFile {
        uri: ObjectUri::parse(&format!("s3://b0/{ticket}/{number}.json")).unwrap(),
        size: Some(FILE_BYTES),
        etag: None,
        version_id: None,
        date: None,
    };
    Announced { files: (0..files).map(file).collect(), limits: LIMITS, set_aside: None }
}

/// A schedule of two slots in which these have arrived, with tickets from 0.
fn arrived(asks: &[Ask]) -> Schedule {
    let mut schedule = Schedule::new(2, 100);
    for (ticket, ask) in (0..).zip(asks) {
        schedule.arrive(Ticket::of_message(ticket), order(ticket, *ask), WEIGHT, at(0));
    }
    schedule
}

/// Whose orders a load carries out besides its leader's.
fn tickets(start: &Start) -> Vec<u64> {
    let gathered = start.gathered.iter().map(|(ticket, _)| ticket);
    start.covered.iter().map(|(ticket, _)| ticket).chain(gathered).map(|ticket| ticket.number()).collect()
}

/// Ends a load, and says whose orders it has carried out besides its leader's.
fn ended(schedule: &mut Schedule, target: &TargetTable, ending: Covered, now: Instant) -> Vec<Ticket> {
    schedule.end(target, ending, now).into_iter().map(|(ticket, _)| ticket).collect()
}

#[test]
fn waiting_orders_that_ask_the_same_become_one_load() {
    let mut schedule = arrived(&[NEWEST; 4]);
    let start = schedule.start(at(0)).unwrap();
    assert_eq!((start.leader, tickets(&start)), (Ticket::of_message(0), vec![1, 2, 3]));
    assert_eq!(start.covered[0].1, "m1");
    assert_eq!(schedule.start(at(0)), None);
    assert_eq!(
        ended(&mut schedule, &table(0), Covered::All, at(0)),
        [Ticket::of_message(1), Ticket::of_message(2), Ticket::of_message(3)]
    );
}

#[test]
fn an_order_that_arrives_during_a_load_is_not_covered_by_it() {
    let mut schedule = arrived(&[NEWEST]);
    schedule.start(at(0)).unwrap();
    schedule.arrive(Ticket::of_message(1), order(1, NEWEST), WEIGHT, at(0));
    assert_eq!(schedule.start(at(0)), None, "one load of a table at a time");
    assert!(ended(&mut schedule, &table(0), Covered::All, at(0)).is_empty());
    assert_eq!(schedule.start(at(0)).unwrap().leader, Ticket::of_message(1));
}

#[test]
fn a_forced_load_covers_an_order_that_is_not_forced_but_not_the_other_way_round() {
    let forced = Ask { force: true, ..NEWEST };
    assert_eq!(tickets(&arrived(&[forced, NEWEST]).start(at(0)).unwrap()), [1]);
    let mut schedule = arrived(&[NEWEST, forced, NEWEST]);
    assert_eq!(tickets(&schedule.start(at(0)).unwrap()), [2]);
    ended(&mut schedule, &table(0), Covered::All, at(0));
    assert_eq!(schedule.start(at(0)).unwrap().leader, Ticket::of_message(1));
}

#[test]
fn a_failure_is_shared_by_those_who_asked_the_very_same() {
    let forced = Ask { force: true, ..NEWEST };
    let mut schedule = arrived(&[forced, NEWEST, forced]);
    schedule.start(at(0)).unwrap();
    assert_eq!(ended(&mut schedule, &table(0), Covered::Equals, at(0)), [Ticket::of_message(2)]);
    let next = schedule.start(at(0)).unwrap();
    assert!(next.leader == Ticket::of_message(1) && next.covered.is_empty());
}

#[test]
fn wishes_pass_by_others_only_where_the_order_does_not_matter() {
    let day = Ask { day: Some(1), force: true, ..NEWEST };
    assert_eq!(tickets(&arrived(&[NEWEST, day, NEWEST]).start(at(0)).unwrap()), [2]);
    let clearing = Ask { mode: Some(LoadMode::Replace), ..day };
    assert!(tickets(&arrived(&[NEWEST, clearing, NEWEST]).start(at(0)).unwrap()).is_empty());
    assert!(tickets(&arrived(&[clearing, NEWEST, clearing]).start(at(0)).unwrap()).is_empty());
    let elsewhere = Ask { bucket: 1, ..day };
    assert!(tickets(&arrived(&[day, elsewhere, day]).start(at(0)).unwrap()).is_empty());
}

#[test]
fn different_tables_run_side_by_side_up_to_the_limit_and_in_the_order_of_arrival() {
    let of = |table| Ask { table, ..NEWEST };
    let mut schedule = arrived(&[of(0), of(0), of(1), of(2)]);
    assert_eq!(schedule.start(at(0)).unwrap().target, table(0));
    assert_eq!(schedule.start(at(0)).unwrap().target, table(1));
    assert_eq!(schedule.start(at(0)), None);
    ended(&mut schedule, &table(1), Covered::All, at(0));
    assert_eq!(schedule.start(at(0)).unwrap().target, table(2));
}

/// A gate behind these pauses of tables by their numbers, or of every load.
fn gate(is_closed: bool, tables: &[u8]) -> Arc<Gate> {
    let who = WhoAndWhy::new("anna", "");
    let pause = |target| Pause { target, since: chrono::DateTime::UNIX_EPOCH, who: who.clone() };
    let of_table = |number: &u8| {
        let TargetTable { schema, table } = table(*number);
        pause(PauseTarget::Table { schema: Some(schema), table })
    };
    let all = is_closed.then(|| pause(PauseTarget::All));
    let pauses = Pauses::new(tables.iter().map(of_table).chain(all).collect());
    Arc::new(Gate::of(&Arc::new(pauses), None, None))
}

#[test]
fn a_paused_table_waits_while_others_load_and_goes_on_in_its_place() {
    let of = |table| Ask { table, ..NEWEST };
    let mut schedule = arrived(&[of(0), of(1), of(2)]);
    schedule.put_gate(gate(false, &[0]));
    assert_eq!(schedule.waiting_for_a_slot(), 2, "no slot helps the paused one");
    assert_eq!(schedule.start(at(0)).unwrap().target, table(1));
    schedule.put_gate(gate(false, &[]));
    assert_eq!(schedule.start(at(0)).unwrap().target, table(0), "it is still before the third");
}

#[test]
fn a_load_that_runs_when_its_table_is_paused_goes_on_and_the_next_one_waits() {
    let mut schedule = arrived(&[NEWEST]);
    schedule.start(at(0)).unwrap();
    schedule.put_gate(gate(false, &[0]));
    schedule.arrive(Ticket::of_message(1), order(1, NEWEST), WEIGHT, at(0));
    ended(&mut schedule, &table(0), Covered::All, at(0));
    assert_eq!(schedule.start(at(0)), None);
    schedule.put_gate(gate(false, &[]));
    assert_eq!(schedule.start(at(0)).unwrap().leader, Ticket::of_message(1));
}

#[test]
fn nothing_starts_while_every_load_is_paused_or_nobody_knows_what_is() {
    let mut schedule = arrived(&[NEWEST]);
    schedule.put_gate(gate(true, &[]));
    assert_eq!((schedule.start(at(0)), schedule.waiting_for_a_slot()), (None, 0));
    schedule.put_gate(Arc::new(Gate::of(&Arc::default(), Some("Redshift is down".to_owned()), None)));
    assert_eq!(schedule.start(at(0)), None);
    schedule.put_gate(gate(false, &[]));
    assert!(schedule.start(at(0)).is_some());
}

#[test]
fn when_too_many_messages_wait_for_paused_tables_the_last_ones_are_given_up() {
    let mut schedule = Schedule::new(2, 2);
    for ticket in 0..4 {
        schedule.arrive(Ticket::of_message(ticket), order(ticket, NEWEST), WEIGHT, at(0));
    }
    schedule.arrive(Ticket::of_message(4), order(4, Ask { table: 1, ..NEWEST }), WEIGHT, at(0));
    assert!(schedule.give_up_paused(at(0)).is_empty(), "nothing is paused");
    schedule.put_gate(gate(false, &[0]));
    let given_up: Vec<Ticket> =
        schedule.give_up_paused(at(0)).into_iter().map(|(_, ticket, _)| ticket).collect();
    assert_eq!(given_up, [Ticket::of_message(3), Ticket::of_message(2)]);
    assert!(schedule.give_up_paused(at(0)).is_empty(), "two may wait");
    assert_eq!(schedule.start(at(0)).unwrap().leader, Ticket::of_message(4));
    schedule.put_gate(gate(false, &[]));
    assert_eq!(tickets(&schedule.start(at(0)).unwrap()), [1]);
}

#[test]
fn messages_that_come_for_a_paused_table_and_those_that_its_load_leaves_are_too_many_as_well() {
    let mut schedule = Schedule::new(2, 1);
    let arrive = |schedule: &mut Schedule, ticket| {
        schedule.arrive(Ticket::of_message(ticket), order(ticket, NEWEST), WEIGHT, at(0));
    };
    let given_up = |schedule: &mut Schedule| -> Vec<Ticket> {
        schedule.give_up_paused(at(0)).into_iter().map(|(_, ticket, _)| ticket).collect()
    };
    (0..3).for_each(|ticket| arrive(&mut schedule, ticket));
    schedule.start(at(0)).unwrap();
    schedule.put_gate(gate(false, &[0]));
    assert_eq!(given_up(&mut schedule), [], "they are being loaded");
    ended(&mut schedule, &table(0), Covered::Nobody, at(0));
    assert_eq!(given_up(&mut schedule), [Ticket::of_message(2)]);
    arrive(&mut schedule, 3);
    assert_eq!(given_up(&mut schedule), [Ticket::of_message(3)]);
}

#[test]
fn a_message_of_many_paused_tables_is_given_up_as_a_whole() {
    let mut schedule = Schedule::new(2, 1);
    for (ticket, number) in [(0, 0), (1, 0), (1, 1), (1, 2)] {
        schedule.arrive(
            Ticket::of_message(ticket),
            order(ticket, Ask { table: number, ..NEWEST }),
            WEIGHT,
            at(0),
        );
    }
    schedule.put_gate(gate(false, &[0, 1]));
    let mut given_up: Vec<_> =
        schedule.give_up_paused(at(0)).into_iter().map(|(target, ticket, _)| (target, ticket)).collect();
    given_up.sort();
    assert_eq!(
        given_up,
        [(table(0), Ticket::of_message(1)), (table(1), Ticket::of_message(1))],
        "the third is loaded"
    );
}

#[test]
fn of_a_table_that_has_too_much_in_hand_the_last_that_wait_are_given_up() {
    let mut schedule = arrived(&[NEWEST; 6]);
    schedule.arrive(Ticket::by_hand(0), order(9, NEWEST), 0, at(0));
    assert!(
        schedule.give_up_beyond(6 * WEIGHT, at(0)).is_empty(),
        "what is asked for by hand counts for nothing"
    );
    let given_up = schedule.give_up_beyond(4 * WEIGHT, at(0));
    assert_eq!(given_up, [(table(0), Ticket::of_message(5)), (table(0), Ticket::of_message(4))]);
    assert_eq!(tickets(&schedule.start(at(0)).unwrap()), [0, 1, 2, 3]);
    schedule.arrive(Ticket::of_message(7), order(7, NEWEST), WEIGHT, at(0));
    let given_up = schedule.give_up_beyond(3 * WEIGHT, at(0));
    assert_eq!(given_up, [(table(0), Ticket::of_message(7))], "what is being loaded counts, and is left");
}

#[test]
fn tables_that_have_much_in_hand_are_cut_to_the_same_share_and_the_others_keep_all() {
    let of = |table| Ask { table, ..NEWEST };
    let mut schedule = arrived(&[[of(0); 6], [of(1); 6]].concat());
    schedule.arrive(Ticket::of_message(12), order(12, of(2)), WEIGHT, at(0));
    let given_up = schedule.give_up_beyond(7 * WEIGHT, at(0));
    let of_table = |number| given_up.iter().filter(|(target, _)| *target == table(number)).count();
    assert_eq!([0, 1, 2].map(of_table), [3, 3, 0]);
    assert!(schedule.give_up_beyond(7 * WEIGHT, at(0)).is_empty());
}

#[test]
fn a_backlog_of_more_tables_than_there_are_slots_for_stays_in_hand() {
    let of = |table| Ask { table, ..NEWEST };
    let many: Vec<Ask> = (0..8).flat_map(|table| [of(table); 2]).collect();
    let mut schedule = arrived(&many);
    let given_up = schedule.give_up_beyond(8 * WEIGHT, at(0));
    assert!(given_up.is_empty(), "two of eight are the part of a table when two may be loaded: {given_up:?}");
    schedule.arrive(Ticket::of_message(16), order(16, of(3)), WEIGHT, at(0));
    assert_eq!(schedule.give_up_beyond(8 * WEIGHT, at(0)), [(table(3), Ticket::of_message(16))]);
}

#[test]
fn every_table_keeps_an_order_however_many_tables_there_are() {
    let mut schedule = arrived(&[0, 1, 2, 3].map(|table| Ask { table, ..NEWEST }));
    assert!(schedule.give_up_beyond(WEIGHT, at(0)).is_empty());
    schedule.arrive(Ticket::of_message(4), order(4, NEWEST), WEIGHT, at(0));
    assert_eq!(schedule.give_up_beyond(WEIGHT, at(0)), [(table(0), Ticket::of_message(4))]);
}

#[test]
fn shares_are_counted_by_weight_and_who_has_left_counts_no_more() {
    let mut schedule = arrived(&[NEWEST; 4]);
    schedule.arrive(Ticket::of_message(4), order(4, FILE), 1, at(0));
    schedule.leave(&table(0), Ticket::of_message(3), at(0));
    assert!(schedule.give_up_beyond(3 * WEIGHT + 1, at(0)).is_empty());
    assert_eq!(schedule.give_up_beyond(3 * WEIGHT, at(0)), [(table(0), Ticket::of_message(4))]);
}

#[test]
fn what_is_asked_for_by_hand_is_next_and_held_by_no_pause() {
    let of = |table| Ask { table, ..NEWEST };
    let mut schedule = arrived(&[of(0), of(1), of(2)]);
    schedule.put_gate(gate(true, &[2]));
    schedule.arrive(Ticket::by_hand(0), order(9, of(2)), 0, at(0));
    assert_eq!(schedule.waiting_for_a_slot(), 1);
    let start = schedule.start(at(0)).unwrap();
    assert_eq!((&start.target, start.leader), (&table(2), Ticket::by_hand(0)));
    assert_eq!(tickets(&start), [2], "who asks the same has it too");
    assert_eq!(schedule.start(at(0)), None);
    schedule.put_gate(gate(false, &[]));
    schedule.arrive(Ticket::by_hand(1), order(9, of(1)), 0, at(0));
    assert_eq!(schedule.start(at(0)).unwrap().target, table(1), "before the first");
}

#[test]
fn what_is_asked_for_by_hand_during_a_load_of_its_table_is_the_next_of_all_loads() {
    let of = |table| Ask { table, ..NEWEST };
    let mut schedule = arrived(&[of(0), of(1), of(2)]);
    assert_eq!(schedule.start(at(0)).unwrap().target, table(0));
    assert_eq!(schedule.start(at(0)).unwrap().target, table(1));
    schedule.arrive(Ticket::by_hand(0), order(9, of(0)), 0, at(0));
    ended(&mut schedule, &table(0), Covered::All, at(0));
    assert_eq!(schedule.start(at(0)).unwrap().target, table(0));
}

#[test]
fn nothing_starts_while_it_is_stopped() {
    let mut schedule = arrived(&[NEWEST]);
    schedule.stop(true);
    assert_eq!(schedule.start(at(0)), None);
    schedule.stop(false);
    assert!(schedule.start(at(0)).is_some());
}
