use chrono::DateTime;

use super::*;
use crate::failure::Stage;
use crate::failure::disposition::{Delivery, Disposition, disposition};
use crate::model::ident::Ident;
use crate::model::pause::{Pause, WhoAndWhy};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn target(table: &str) -> TargetTable {
    TargetTable { schema: Ident::new("s").unwrap(), table: Ident::new(table).unwrap() }
}

fn pauses(targets: &[PauseTarget]) -> Pauses {
    let who = WhoAndWhy::new("anna", "");
    let pause = |target: &PauseTarget| Pause {
        target: target.clone(),
        since: DateTime::UNIX_EPOCH,
        who: who.clone(),
    };
    Pauses::new(targets.iter().map(pause).collect())
}

/// A process in which the pause of `table` has ended at `end`.
fn after_pause_of(table: &str, end: Instant) -> Patience {
    let patience = Patience::default();
    let paused = pauses(&[PauseTarget::of_table(table).unwrap()]);
    patience.pauses_change(&paused, &Pauses::default(), end);
    patience
}

fn tried_for(patience: &Patience, table: &str, kind: FailureKind, age: Duration, at: Instant) -> Duration {
    let (target, failure) = (target(table), Failure::new(kind, Stage::Inspect, "no"));
    patience.tried_for("m", age, [(Some(&target), &failure)], at)
}

#[test]
fn what_a_pause_has_given_back_is_retried_after_it_and_parked_once_it_has_failed_for_long() {
    let end = Instant::now();
    let patience = after_pause_of("s.t", end);
    // Hidden for hours when the pause ended.
    for (since_end, is_parked) in
        [(5 * HOUR, false), (5 * HOUR + 29 * MINUTE, false), (5 * HOUR + 30 * MINUTE, true)]
    {
        let age = tried_for(&patience, "t", FailureKind::NoDataFile, DAY, end + since_end);
        let delivery = Delivery { receive_count: 9, tried_for: age, spread: 0 };
        let verdict = disposition([FailureKind::NoDataFile], delivery);
        assert_eq!(verdict == Disposition::Park, is_parked, "{since_end:?}: {verdict:?}");
    }
}

#[test]
fn other_tables_and_newer_messages_have_their_age() {
    let end = Instant::now();
    let patience = after_pause_of("s.t", end);
    let at = end + HOUR;
    assert_eq!(tried_for(&patience, "other", FailureKind::Timeout, DAY, at), DAY);
    assert_eq!(tried_for(&patience, "t", FailureKind::Timeout, 40 * MINUTE, at), 40 * MINUTE);
    assert_eq!(tried_for(&patience, "t", FailureKind::Timeout, DAY, end + REMEMBERED), DAY);
}

#[test]
fn a_pause_of_every_load_and_one_of_a_name_are_pauses_of_the_table() {
    let end = Instant::now();
    let patience = after_pause_of("t", end);
    assert_eq!(tried_for(&patience, "t", FailureKind::Timeout, DAY, end + MINUTE), Duration::ZERO);
    let patience = Patience::default();
    patience.pauses_change(&pauses(&[PauseTarget::All]), &Pauses::default(), end);
    assert_eq!(tried_for(&patience, "t", FailureKind::Timeout, DAY, end + MINUTE), Duration::ZERO);
}

#[test]
fn a_delivery_that_tried_nothing_begins_no_patience_and_the_end_of_a_second_pause_gives_it_anew() {
    let end = Instant::now();
    let patience = after_pause_of("s.t", end);
    for kind in [FailureKind::Paused, FailureKind::Crowded, FailureKind::LeaseLost, FailureKind::Aborted] {
        assert_eq!(tried_for(&patience, "t", kind, DAY, end + MINUTE), DAY);
    }
    let first = end + HOUR;
    assert_eq!(tried_for(&patience, "t", FailureKind::NoDataFile, DAY, first), Duration::ZERO);
    let paused = pauses(&[PauseTarget::of_table("s.t").unwrap()]);
    patience.pauses_change(&Pauses::default(), &paused, first + MINUTE);
    patience.pauses_change(&paused, &Pauses::default(), first + HOUR);
    let at = first + HOUR + MINUTE;
    assert_eq!(tried_for(&patience, "t", FailureKind::NoDataFile, DAY, at), MINUTE);
}

#[test]
fn a_bounded_number_of_pauses_and_messages_is_remembered() {
    let (end, failure) = (Instant::now(), Failure::new(FailureKind::Timeout, Stage::Inspect, "no"));
    let patience = Patience::default();
    let targets = (0..2 * MOST_ENDS).map(|n| PauseTarget::of_table(&format!("s.t{n}")).unwrap());
    patience.pauses_change(&pauses(&targets.collect::<Vec<_>>()), &Pauses::default(), end);
    assert_eq!(patience.remembered().ends.len(), MOST_ENDS);
    let patience = after_pause_of("s.t", end);
    patience.remembered().first_failures = (0..MOST_MESSAGES).map(|n| (n.to_string(), end)).collect();
    let target = target("t");
    assert_eq!(patience.tried_for("m", DAY, [(Some(&target), &failure)], end + HOUR), Duration::ZERO);
    assert_eq!(patience.remembered().first_failures.len(), MOST_MESSAGES);
}

#[test]
fn a_message_that_was_crowded_out_for_long_is_owed_the_patience_of_a_new_one() {
    let (start, patience) = (Instant::now(), Patience::default());
    let fails = |age, at| tried_for(&patience, "t", FailureKind::NoDataFile, age, at);
    assert_eq!(fails(HOUR, start), HOUR, "it was not put off");
    tried_for(&patience, "t", FailureKind::Crowded, DAY, start);
    let first = start + 10 * MINUTE;
    assert_eq!(fails(DAY, first), Duration::ZERO);
    tried_for(&patience, "t", FailureKind::Crowded, DAY, first + MINUTE);
    assert_eq!(
        fails(DAY, first + 30 * MINUTE),
        30 * MINUTE,
        "to fail now and then is no reason to go on for ever"
    );
    assert_eq!(fails(DAY, start + DAY), DAY, "forgotten");
}

#[test]
fn a_bounded_number_of_messages_that_were_crowded_out_is_remembered() {
    let (at, patience) = (Instant::now(), Patience::default());
    let (target, failure) = (target("t"), Failure::new(FailureKind::Crowded, Stage::Wait, "no"));
    for number in 0..=MOST_MESSAGES {
        patience.tried_for(&number.to_string(), DAY, [(Some(&target), &failure)], at);
    }
    assert_eq!(patience.remembered().crowded_out.len(), MOST_MESSAGES);
}
