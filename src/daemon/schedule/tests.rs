use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::model::data_date::DataDate;
use crate::model::ident::Ident;
use crate::model::load_mode::LoadMode;
use crate::model::object::SourceBucket;
use crate::model::pause::{PauseTarget, Pauses, WhoAndWhy};
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
}

const NEWEST: Ask = Ask { table: 0, day: None, force: false, mode: None, bucket: 0 };

fn table(number: u8) -> TargetTable {
    TargetTable { schema: Ident::new("s").unwrap(), table: Ident::new(&format!("t{number}")).unwrap() }
}

fn order(ticket: u64, ask: Ask) -> Order {
    let date = |day| DataDate::parse(&format!("2015-07-{day:02}T00:00:00Z")).unwrap();
    Order {
        target: table(ask.table),
        message_id: format!("m{ticket}"),
        covered: Vec::new(),
        announced: None,
        force: ask.force,
        terms: Arc::new(Terms {
            selection: ask.day.map_or(Selection::Newest, |day| Selection::Date(date(day))),
            mode: ask.mode,
            ..Terms::of(SourceBucket { bucket: format!("b{}", ask.bucket), prefix: String::new() })
        }),
    }
}

/// A schedule of two slots in which these have arrived, with tickets from 0.
fn arrived(asks: &[Ask]) -> Schedule {
    let mut schedule = Schedule::new(2, 100);
    for (ticket, ask) in (0..).zip(asks) {
        schedule.arrive(Ticket::of_message(ticket), order(ticket, *ask));
    }
    schedule
}

fn tickets(start: &Start) -> Vec<u64> {
    start.covered.iter().map(|(ticket, _)| ticket.number).collect()
}

#[test]
fn waiting_orders_that_ask_the_same_become_one_load() {
    let mut schedule = arrived(&[NEWEST; 4]);
    let start = schedule.start().unwrap();
    assert_eq!((start.leader, tickets(&start)), (Ticket::of_message(0), vec![1, 2, 3]));
    assert_eq!(start.covered[0].1, "m1");
    assert_eq!(schedule.start(), None);
    assert_eq!(
        schedule.end(&table(0), Covered::All),
        [Ticket::of_message(1), Ticket::of_message(2), Ticket::of_message(3)]
    );
}

#[test]
fn an_order_that_arrives_during_a_load_is_not_covered_by_it() {
    let mut schedule = arrived(&[NEWEST]);
    schedule.start().unwrap();
    schedule.arrive(Ticket::of_message(1), order(1, NEWEST));
    assert_eq!(schedule.start(), None, "one load of a table at a time");
    assert!(schedule.end(&table(0), Covered::All).is_empty());
    assert_eq!(schedule.start().unwrap().leader, Ticket::of_message(1));
}

#[test]
fn a_forced_load_covers_an_order_that_is_not_forced_but_not_the_other_way_round() {
    let forced = Ask { force: true, ..NEWEST };
    assert_eq!(tickets(&arrived(&[forced, NEWEST]).start().unwrap()), [1]);
    let mut schedule = arrived(&[NEWEST, forced, NEWEST]);
    assert_eq!(tickets(&schedule.start().unwrap()), [2]);
    schedule.end(&table(0), Covered::All);
    assert_eq!(schedule.start().unwrap().leader, Ticket::of_message(1));
}

#[test]
fn a_failure_is_shared_by_those_who_asked_the_very_same() {
    let forced = Ask { force: true, ..NEWEST };
    let mut schedule = arrived(&[forced, NEWEST, forced]);
    schedule.start().unwrap();
    assert_eq!(schedule.end(&table(0), Covered::Equals), [Ticket::of_message(2)]);
    let next = schedule.start().unwrap();
    assert!(next.leader == Ticket::of_message(1) && next.covered.is_empty());
}

#[test]
fn wishes_pass_by_others_only_where_the_order_does_not_matter() {
    let day = Ask { day: Some(1), force: true, ..NEWEST };
    assert_eq!(tickets(&arrived(&[NEWEST, day, NEWEST]).start().unwrap()), [2]);
    let clearing = Ask { mode: Some(LoadMode::Replace), ..day };
    assert!(tickets(&arrived(&[NEWEST, clearing, NEWEST]).start().unwrap()).is_empty());
    assert!(tickets(&arrived(&[clearing, NEWEST, clearing]).start().unwrap()).is_empty());
    let elsewhere = Ask { bucket: 1, ..day };
    assert!(tickets(&arrived(&[day, elsewhere, day]).start().unwrap()).is_empty());
}

#[test]
fn different_tables_run_side_by_side_up_to_the_limit_and_in_the_order_of_arrival() {
    let of = |table| Ask { table, ..NEWEST };
    let mut schedule = arrived(&[of(0), of(0), of(1), of(2)]);
    assert_eq!(schedule.start().unwrap().target, table(0));
    assert_eq!(schedule.start().unwrap().target, table(1));
    assert_eq!(schedule.start(), None);
    schedule.end(&table(1), Covered::All);
    assert_eq!(schedule.start().unwrap().target, table(2));
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
    assert_eq!(schedule.start().unwrap().target, table(1));
    schedule.put_gate(gate(false, &[]));
    assert_eq!(schedule.start().unwrap().target, table(0), "it is still before the third");
}

#[test]
fn a_load_that_runs_when_its_table_is_paused_goes_on_and_the_next_one_waits() {
    let mut schedule = arrived(&[NEWEST]);
    schedule.start().unwrap();
    schedule.put_gate(gate(false, &[0]));
    schedule.arrive(Ticket::of_message(1), order(1, NEWEST));
    schedule.end(&table(0), Covered::All);
    assert_eq!(schedule.start(), None);
    schedule.put_gate(gate(false, &[]));
    assert_eq!(schedule.start().unwrap().leader, Ticket::of_message(1));
}

#[test]
fn nothing_starts_while_every_load_is_paused_or_nobody_knows_what_is() {
    let mut schedule = arrived(&[NEWEST]);
    schedule.put_gate(gate(true, &[]));
    assert_eq!((schedule.start(), schedule.waiting_for_a_slot()), (None, 0));
    schedule.put_gate(Arc::new(Gate::of(&Arc::default(), Some("Redshift is down".to_owned()), None)));
    assert_eq!(schedule.start(), None);
    schedule.put_gate(gate(false, &[]));
    assert!(schedule.start().is_some());
}

#[test]
fn when_too_many_messages_wait_for_paused_tables_the_last_ones_are_given_up() {
    let mut schedule = Schedule::new(2, 2);
    for ticket in 0..4 {
        schedule.arrive(Ticket::of_message(ticket), order(ticket, NEWEST));
    }
    schedule.arrive(Ticket::of_message(4), order(4, Ask { table: 1, ..NEWEST }));
    assert!(schedule.give_up_paused().is_empty(), "nothing is paused");
    schedule.put_gate(gate(false, &[0]));
    let given_up: Vec<Ticket> = schedule.give_up_paused().into_iter().map(|(_, ticket, _)| ticket).collect();
    assert_eq!(given_up, [Ticket::of_message(3), Ticket::of_message(2)]);
    assert!(schedule.give_up_paused().is_empty(), "two may wait");
    assert_eq!(schedule.start().unwrap().leader, Ticket::of_message(4));
    schedule.put_gate(gate(false, &[]));
    assert_eq!(tickets(&schedule.start().unwrap()), [1]);
}

#[test]
fn a_message_of_many_paused_tables_is_given_up_as_a_whole() {
    let mut schedule = Schedule::new(2, 1);
    for (ticket, number) in [(0, 0), (1, 0), (1, 1), (1, 2)] {
        schedule.arrive(Ticket::of_message(ticket), order(ticket, Ask { table: number, ..NEWEST }));
    }
    schedule.put_gate(gate(false, &[0, 1]));
    let mut given_up: Vec<_> =
        schedule.give_up_paused().into_iter().map(|(target, ticket, _)| (target, ticket)).collect();
    given_up.sort();
    assert_eq!(
        given_up,
        [(table(0), Ticket::of_message(1)), (table(1), Ticket::of_message(1))],
        "the third is loaded"
    );
}

#[test]
fn what_is_asked_for_by_hand_is_next_and_held_by_no_pause() {
    let of = |table| Ask { table, ..NEWEST };
    let mut schedule = arrived(&[of(0), of(1), of(2)]);
    schedule.put_gate(gate(true, &[2]));
    schedule.arrive(Ticket::by_hand(0), order(9, of(2)));
    assert_eq!(schedule.waiting_for_a_slot(), 1);
    let start = schedule.start().unwrap();
    assert_eq!((&start.target, start.leader), (&table(2), Ticket::by_hand(0)));
    assert_eq!(tickets(&start), [2], "who asks the same has it too");
    assert_eq!(schedule.start(), None);
    schedule.put_gate(gate(false, &[]));
    schedule.arrive(Ticket::by_hand(1), order(9, of(1)));
    assert_eq!(schedule.start().unwrap().target, table(1), "before the first");
}

#[test]
fn what_is_asked_for_by_hand_during_a_load_of_its_table_is_the_next_of_all_loads() {
    let of = |table| Ask { table, ..NEWEST };
    let mut schedule = arrived(&[of(0), of(1), of(2)]);
    assert_eq!(schedule.start().unwrap().target, table(0));
    assert_eq!(schedule.start().unwrap().target, table(1));
    schedule.arrive(Ticket::by_hand(0), order(9, of(0)));
    schedule.end(&table(0), Covered::All);
    assert_eq!(schedule.start().unwrap().target, table(0));
}

#[test]
fn nothing_starts_while_it_is_stopped() {
    let mut schedule = arrived(&[NEWEST]);
    schedule.stop(true);
    assert_eq!(schedule.start(), None);
    schedule.stop(false);
    assert!(schedule.start().is_some());
}

fn ask() -> impl Strategy<Value = Ask> {
    let day = prop_oneof![Just(None), (1_u8..4).prop_map(Some)];
    (0_u8..3, day, any::<bool>(), prop::bool::weighted(0.2), 0_u8..2).prop_map(
        |(table, day, force, clears, bucket)| {
            let mode = Some(if clears { LoadMode::Replace } else { LoadMode::Append });
            Ask { table, day, force, mode, bucket }
        },
    )
}

/// A table as far as loads tell: the data dates that it has rows of, and from which bucket.
type Rows = BTreeMap<u8, u8>;

/// What a load does to a table, when the bucket has files of the days 1 to 3.
fn load(rows: &mut Rows, ask: Ask) {
    let day = ask.day.unwrap_or(3);
    let is_newer = rows.keys().all(|there| *there < day);
    if !is_newer && !ask.force {
        return;
    }
    if ask.mode == Some(LoadMode::Replace) {
        rows.clear();
    }
    rows.insert(day, ask.bucket);
}

#[derive(Debug, Clone)]
enum Event {
    Arrive(Ask),
    Start,
    /// The end of one of the running loads.
    End(prop::sample::Index, Covered),
    /// One of the running loads met an outage: its order waits again.
    WaitAgain(prop::sample::Index),
    /// One of the orders that are not done yet is given up.
    Leave(prop::sample::Index),
    Stop(bool),
    /// Every load is paused, or some of the tables are.
    Pause(bool, Vec<u8>),
}

fn event() -> impl Strategy<Value = Event> {
    let covered = prop_oneof![Just(Covered::All), Just(Covered::Equals), Just(Covered::Nobody)];
    prop_oneof![
        4 => ask().prop_map(Event::Arrive),
        3 => Just(Event::Start),
        2 => (any::<prop::sample::Index>(), covered).prop_map(|(which, covered)| Event::End(which, covered)),
        1 => any::<prop::sample::Index>().prop_map(Event::WaitAgain),
        1 => any::<prop::sample::Index>().prop_map(Event::Leave),
        1 => any::<bool>().prop_map(Event::Stop),
        1 => (prop::bool::weighted(0.2), prop::collection::vec(0_u8..3, 0..3))
            .prop_map(|(all, tables)| Event::Pause(all, tables)),
    ]
}

proptest! {
    /// Merging and passing by change nothing about what is in a table in the end.
    #[test]
    fn a_table_ends_up_as_if_every_order_had_been_carried_out_in_order(
        asks in prop::collection::vec(ask().prop_map(|ask| Ask { table: 0, ..ask }), 0..12),
    ) {
        let mut in_order = Rows::new();
        for ask in &asks {
            load(&mut in_order, *ask);
        }
        let mut scheduled = Rows::new();
        let mut schedule = arrived(&asks);
        while let Some(start) = schedule.start() {
            load(&mut scheduled, asks[usize::try_from(start.leader.number).unwrap()]);
            schedule.end(&start.target, Covered::All);
        }
        prop_assert_eq!(scheduled, in_order);
    }

    /// Every order is led to its end, covered or given up once, whatever happens in between; and whoever has waited
    /// longest for a table is the one to load it.
    #[test]
    fn no_order_is_lost_or_covered_twice(events in prop::collection::vec(event(), 0..60)) {
        let mut schedule = Schedule::new(2, 100);
        let mut open: BTreeMap<Ticket, Ask> = BTreeMap::new();
        let mut running: Vec<Start> = Vec::new();
        let mut next = 0;
        for event in events {
            match event {
                Event::Arrive(ask) => {
                    schedule.arrive(Ticket::of_message(next), order(next, ask));
                    open.insert(Ticket::of_message(next), ask);
                    next += 1;
                }
                Event::Start => running.extend(started(&mut schedule, &running, &open, next)?),
                Event::End(which, covered) if !running.is_empty() => {
                    let start = running.swap_remove(which.index(running.len()));
                    end(&mut schedule, &start, covered, &mut open)?;
                }
                Event::WaitAgain(which) if !running.is_empty() => {
                    let Start { target, leader, .. } = running.swap_remove(which.index(running.len()));
                    schedule.leave(&target, leader);
                    schedule.arrive(leader, order(leader.number, open[&leader]));
                    prop_assert!(schedule.end(&target, Covered::Nobody).is_empty());
                }
                Event::Leave(which) => {
                    let leaders: Vec<Ticket> = running.iter().map(|start| start.leader).collect();
                    let rest: Vec<Ticket> = open.keys().copied().filter(|t| !leaders.contains(t)).collect();
                    if !rest.is_empty() {
                        let ticket = rest[which.index(rest.len())];
                        let ask = open.remove(&ticket).unwrap();
                        schedule.leave(&table(ask.table), ticket);
                    }
                }
                Event::Stop(is_stopped) => schedule.stop(is_stopped),
                Event::Pause(all, tables) => schedule.put_gate(gate(all, &tables)),
                Event::End(..) | Event::WaitAgain(_) => {}
            }
        }
        schedule.stop(false);
        schedule.put_gate(gate(false, &[]));
        loop {
            running.extend(started(&mut schedule, &running, &open, next)?);
            let Some(start) = running.pop() else { break };
            end(&mut schedule, &start, Covered::All, &mut open)?;
        }
        prop_assert!(open.is_empty(), "still waiting: {:?}", open);
        prop_assert!(schedule.lanes.is_empty() && schedule.ready.is_empty() && schedule.free_slots == 2);
    }
}

/// Starts a load, if one may, and checks that it may.
fn started(
    schedule: &mut Schedule,
    running: &[Start],
    open: &BTreeMap<Ticket, Ask>,
    arrived: u64,
) -> Result<Option<Start>, TestCaseError> {
    let Some(start) = schedule.start() else {
        let may_start = |target: &TargetTable| {
            schedule.gate().lets(target) && running.iter().all(|load| load.target != *target)
        };
        let is_stuck = !schedule.is_stopped
            && running.len() < 2
            && open.values().any(|ask| may_start(&table(ask.table)));
        prop_assert!(!is_stuck, "nobody starts, though somebody may");
        return Ok(None);
    };
    prop_assert!(running.len() < 2, "more loads than slots");
    prop_assert!(schedule.gate().lets(&start.target), "it is paused");
    prop_assert!(running.iter().all(|load| load.target != start.target), "two loads of a table");
    for ticket in start.covered.iter().map(|(ticket, _)| ticket).chain([&start.leader]) {
        prop_assert!(ticket.number < arrived);
        let waits_for = open.get(ticket).map(|ask| table(ask.table));
        prop_assert_eq!(waits_for.as_ref(), Some(&start.target), "{:?} does not wait", ticket);
    }
    let longest = open.iter().find(|(_, ask)| table(ask.table) == start.target);
    prop_assert_eq!(longest.map(|(ticket, _)| *ticket), Some(start.leader));
    Ok(Some(start))
}

fn end(
    schedule: &mut Schedule,
    start: &Start,
    covered: Covered,
    open: &mut BTreeMap<Ticket, Ask>,
) -> Result<(), TestCaseError> {
    prop_assert_eq!(open.remove(&start.leader).map(|ask| table(ask.table)), Some(start.target.clone()));
    for ticket in schedule.end(&start.target, covered) {
        prop_assert!(start.covered.iter().any(|(covered, _)| *covered == ticket));
        prop_assert!(open.remove(&ticket).is_some(), "{:?} is covered twice", ticket);
    }
    Ok(())
}
