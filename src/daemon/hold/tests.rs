use futures_util::FutureExt;

use super::*;

const LOAD: Size = Size { announces_files: false, bytes: 10, tables: 1 };
const LARGEST: Size = Size { bytes: LARGEST_BODY, ..LOAD };

/// A hold that has seen nothing but small messages of late.
fn hold_of(max_messages: usize) -> Arc<Hold> {
    let hold = Hold::new(max_messages);
    (0..20).for_each(|_| hold.learn(1));
    hold
}

/// Opens as many polls as there is room for.
fn open_polls(hold: &Arc<Hold>) -> Vec<Reserved> {
    std::iter::from_fn(|| hold.reserve(BATCH).now_or_never()).collect()
}

/// For how many messages there is room.
fn room(hold: &Arc<Hold>) -> usize {
    hold.reserve(usize::MAX).now_or_never().map_or(0, |reserved| reserved.count())
}

fn take(hold: &Arc<Hold>, count: usize, size: Size) -> Vec<Taken> {
    (0..count).map(|_| hold.take(size)).collect()
}

#[test]
fn what_open_polls_may_bring_counts_as_if_it_were_in_hand() {
    let hold = hold_of(25);
    let polls = open_polls(&hold);
    assert_eq!(polls.iter().map(Reserved::count).collect::<Vec<usize>>(), [10, 10, 5]);
    drop(polls);
    assert_eq!(room(&hold), 25);
}

#[test]
fn no_more_messages_are_received_than_may_be_held() {
    let hold = hold_of(2);
    assert_eq!(room(&hold), 2);
    let mut taken = take(&hold, 2, LOAD);
    assert_eq!(room(&hold), 0);
    taken.pop();
    assert_eq!(room(&hold), 1);
}

#[test]
fn the_room_that_is_left_by_messages_that_announce_files_is_for_load_messages_too() {
    let hold = hold_of(2);
    let mut taken = take(&hold, 10, Size { announces_files: true, ..LOAD });
    assert_eq!(room(&hold), 1);
    taken.extend(take(&hold, 1, Size { announces_files: true, ..LOAD }));
    assert_eq!(room(&hold), 0, "what comes next may ask for a load");
}

#[test]
fn before_anything_has_come_and_after_large_messages_few_polls_are_open_at_once() {
    let hold = Hold::new(1000);
    assert_eq!(open_polls(&hold).len(), 4, "of the largest messages no more may be held");
    (0..5).for_each(|_| hold.learn(1));
    assert_eq!(open_polls(&hold).len(), 13, "as many as memory bears");
    hold.learn(hold.measure().weight(LARGEST));
    assert_eq!(open_polls(&hold).len(), 4);
}

#[test]
fn whatever_open_polls_bring_fits_into_memory() {
    let hold = hold_of(1000);
    let mut taken = Vec::new();
    loop {
        let polls = open_polls(&hold);
        if polls.is_empty() {
            break;
        }
        let count = polls.iter().map(Reserved::count).sum();
        drop(polls);
        taken.extend(take(&hold, count, LARGEST));
        assert!(hold.held().bytes <= MOST_BYTES, "{} bytes", hold.held().bytes);
    }
    drop(taken);
    assert_eq!(room(&hold), MOST_BYTES / LARGEST_BODY);
}

#[test]
fn messages_of_many_tables_leave_room_for_fewer() {
    let hold = hold_of(1000);
    let taken = take(&hold, 50, Size { tables: 100, ..LOAD });
    assert_eq!(room(&hold), 10, "they name five thousand tables, nearly");
    drop(taken);
    assert_eq!(room(&hold), 128);
}

/// How many of these may be kept while a deep queue is read.
fn kept(max_messages: usize, size: Size) -> usize {
    let hold = hold_of(max_messages);
    let weight = hold.measure().weight(size);
    (0..20).for_each(|_| hold.learn(weight));
    let mut taken = Vec::new();
    for _ in 0..2 * 10 * max_messages {
        taken.push(hold.take(size));
        if let Some(most) = hold.crowded_to() {
            assert_eq!(most / weight, taken.len() - 1, "what is beyond is given back, and no more");
            return taken.len() - 1;
        }
    }
    panic!("nothing is given back");
}

#[test]
fn room_is_left_for_what_polls_bring_and_what_is_given_back_meanwhile() {
    let polls = MOST_POLLS * BATCH;
    assert_eq!(kept(1000, LOAD), 1000 - 3 * polls);
    assert_eq!(kept(10_000, LOAD), 10_000 - 3 * polls);
    let files = Size { announces_files: true, ..LOAD };
    assert_eq!(kept(1000, files), 10_000 - 12 * polls, "the next ones may ask for loads");
}

#[test]
fn half_of_the_hold_is_kept_in_any_case() {
    assert_eq!(kept(20, LOAD), 10);
    assert_eq!(kept(1000, LARGEST), 20);
    assert_eq!(kept(1000, Size { tables: 100, ..LOAD }), 25);
}

#[tokio::test]
async fn whoever_waits_for_room_hears_of_a_release() {
    let hold = hold_of(1);
    let taken = hold.take(LOAD);
    let (reserved, ()) = tokio::join!(hold.reserve(BATCH), async { drop(taken) });
    assert_eq!(reserved.count(), 1);
}
