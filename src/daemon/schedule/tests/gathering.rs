use super::*;

/// A schedule in which these arrive at second 0, with tickets from 0.
fn lingering(asks: &[Ask]) -> Schedule {
    let mut schedule = arrived(asks);
    assert_eq!(schedule.start(at(0)), None, "it waits for more files");
    schedule
}

fn arrive(schedule: &mut Schedule, ticket: u64, ask: Ask, now: u64) {
    schedule.arrive(Ticket::of_message(ticket), order(ticket, ask), WEIGHT, at(now));
}

#[test]
fn files_of_an_idle_table_wait_for_others_and_are_loaded_together() {
    let mut schedule = lingering(&[FILE]);
    assert_eq!(schedule.lingers_until(), Some(at(60)));
    arrive(&mut schedule, 1, FILE, 59);
    assert_eq!((schedule.start(at(59)), schedule.waiting_for_a_slot()), (None, 0));
    let start = schedule.start(at(60)).unwrap();
    assert_eq!((start.leader, tickets(&start)), (Ticket::of_message(0), vec![1]));
    assert_eq!(*start.gathered[0].1, announced(1, 1));
    assert!(start.covered.is_empty(), "each is told what has become of its own files");
    assert_eq!(schedule.lingers_until(), None);
}

#[test]
fn as_many_files_as_one_load_takes_wait_for_no_others() {
    let mut schedule = lingering(&[FILE; 4]);
    arrive(&mut schedule, 4, FILE, 1);
    assert_eq!(tickets(&schedule.start(at(1)).unwrap()), [1, 2, 3, 4]);
}

#[test]
fn files_of_as_many_bytes_as_one_load_takes_wait_for_no_others() {
    let mut schedule = Schedule::new(2, 100);
    let of_bytes = |ticket, bytes| {
        let mut files = announced(ticket, 1);
        files.files[0].size = Some(bytes);
        Order { announced: Some(Arc::new(files)), ..order(ticket, FILE) }
    };
    for (ticket, bytes) in [(0, 600), (1, 300)] {
        schedule.arrive(Ticket::of_message(ticket), of_bytes(ticket, bytes), WEIGHT, at(0));
        assert_eq!(schedule.start(at(0)), None);
    }
    schedule.arrive(Ticket::of_message(2), of_bytes(2, u64::MAX), WEIGHT, at(0));
    assert_eq!(tickets(&schedule.start(at(0)).unwrap()), [1], "the third does not fit");
    ended(&mut schedule, &table(0), Covered::All, at(1));
    let start = schedule.start(at(1)).unwrap();
    assert_eq!(
        (start.leader, tickets(&start)),
        (Ticket::of_message(2), vec![]),
        "larger than the limit, and alone"
    );
}

#[test]
fn an_order_of_more_files_than_one_load_takes_is_loaded_alone_and_never_split() {
    let mut schedule = arrived(&[Ask { files: 6, ..FILE }, FILE]);
    let start = schedule.start(at(0)).unwrap();
    assert_eq!((start.leader, tickets(&start)), (Ticket::of_message(0), vec![]));
    let mut schedule = arrived(&[Ask { files: 3, ..FILE }, Ask { files: 3, ..FILE }]);
    assert_eq!(tickets(&schedule.start(at(0)).unwrap()), [0_u64; 0], "both are too many");
}

#[test]
fn what_waits_when_a_load_ends_is_loaded_at_once_and_what_comes_later_waits_for_others_anew() {
    let mut schedule = lingering(&[FILE]);
    schedule.start(at(60)).unwrap();
    arrive(&mut schedule, 1, FILE, 61);
    arrive(&mut schedule, 2, FILE, 69);
    assert_eq!(
        (schedule.start(at(69)), schedule.lingers_until()),
        (None, None),
        "one load of a table at a time"
    );
    ended(&mut schedule, &table(0), Covered::All, at(70));
    assert_eq!(tickets(&schedule.start(at(70)).unwrap()), [2]);
    ended(&mut schedule, &table(0), Covered::All, at(80));
    arrive(&mut schedule, 3, FILE, 81);
    assert_eq!((schedule.start(at(81)), schedule.lingers_until()), (None, Some(at(141))));
}

#[test]
fn files_that_are_loaded_in_another_way_wait_for_themselves() {
    let mut schedule = lingering(&[FILE]);
    arrive(&mut schedule, 1, Ask { bucket: 1, ..FILE }, 10);
    let first = schedule.start(at(60)).unwrap();
    assert_eq!((first.leader, tickets(&first)), (Ticket::of_message(0), vec![]));
    ended(&mut schedule, &table(0), Covered::All, at(61));
    assert_eq!(schedule.start(at(61)).unwrap().leader, Ticket::of_message(1), "a load has just ended");
}

#[test]
fn a_load_message_passes_by_files_that_wait_for_others() {
    let mut schedule = lingering(&[FILE]);
    arrive(&mut schedule, 1, NEWEST, 1);
    let start = schedule.start(at(1)).unwrap();
    assert_eq!((start.leader, tickets(&start)), (Ticket::of_message(1), vec![]));
}

#[test]
fn files_wait_for_no_others_when_what_they_must_not_pass_stands_behind_them() {
    for more in [Ask { mode: Some(LoadMode::Replace), ..NEWEST }, Ask { force: true, ..NEWEST }] {
        let mut schedule = lingering(&[FILE, FILE]);
        arrive(&mut schedule, 2, more, 1);
        arrive(&mut schedule, 3, FILE, 1);
        let start = schedule.start(at(1)).unwrap();
        assert_eq!((start.leader, tickets(&start)), (Ticket::of_message(0), vec![1]), "{more:?}");
        ended(&mut schedule, &table(0), Covered::All, at(2));
        assert_eq!(schedule.start(at(2)).unwrap().leader, Ticket::of_message(2));
    }
}

#[test]
fn a_forced_load_does_not_cover_its_like_behind_files_whose_rows_that_takes_away() {
    let forced = Ask { force: true, ..NEWEST };
    let start = arrived(&[forced, forced, FILE, forced]).start(at(0)).unwrap();
    assert_eq!((start.leader, tickets(&start)), (Ticket::of_message(0), vec![1]));
}

#[test]
fn who_leaves_takes_its_files_along_and_the_rest_waits_for_others() {
    let mut schedule = arrived(&[FILE; 5]);
    schedule.leave(&table(0), Ticket::of_message(2), at(1));
    assert_eq!((schedule.start(at(1)), schedule.lingers_until()), (None, Some(at(60))));
    for ticket in [0, 1, 3, 4] {
        schedule.leave(&table(0), Ticket::of_message(ticket), at(1));
    }
    assert!(schedule.lanes.is_empty() && schedule.lingers_until().is_none());
}

#[test]
fn two_orders_of_one_message_for_one_table_stand_in_line_each() {
    let mut schedule = Schedule::new(2, 100);
    let message = Ticket::of_message(0);
    schedule.arrive(message.of_order(0), order(0, FILE), WEIGHT, at(0));
    schedule.arrive(message.of_order(1), order(0, Ask { bucket: 1, ..FILE }), WEIGHT, at(0));
    assert_eq!(schedule.start(at(60)).unwrap().leader, message.of_order(0));
    ended(&mut schedule, &table(0), Covered::All, at(61));
    assert_eq!(schedule.start(at(61)).unwrap().leader, message.of_order(1));
}

#[test]
fn files_that_wait_take_no_place_of_others_and_are_given_up_with_them() {
    let of = |table| Ask { table, ..NEWEST };
    let mut schedule = arrived(&[FILE, Ask { table: 1, ..FILE }, of(2), of(3), of(4)]);
    assert!(schedule.start(at(0)).is_some() && schedule.start(at(0)).is_some());
    assert_eq!(schedule.waiting_for_a_slot(), 1);
    assert_eq!((schedule.start(at(60)), schedule.waiting_for_a_slot()), (None, 3));
    schedule.close();
    assert_eq!(schedule.give_up_waiting(at(60)).len(), 3);
}

#[test]
fn a_table_tells_how_long_it_gathers_files_and_how_many() {
    let gathers = |schedule: &Schedule| schedule.tables().next().unwrap().gathers;
    let mut schedule = lingering(&[FILE]);
    assert_eq!(gathers(&schedule), Some((at(60), LIMITS)));
    schedule.start(at(60)).unwrap();
    arrive(&mut schedule, 1, FILE, 61);
    assert_eq!(gathers(&schedule), None, "it waits for the load");
}
