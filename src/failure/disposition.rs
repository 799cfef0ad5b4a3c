//! The one table that says what a failure means for its message.

#![deny(clippy::wildcard_enum_match_arm)]

use std::time::Duration;

use strum::IntoStaticStr;

use crate::failure::FailureKind;

/// What becomes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr)]
pub enum Disposition {
    /// Everything it asked for is committed or needs no load: remove it from the queue.
    #[strum(serialize = "deleted")]
    Delete,
    /// Try again after a while: leave it in the queue, hidden for that long.
    #[strum(serialize = "retried")]
    Retry { after: Duration },
    /// It can never succeed as it is: to the dead-letter queue, with the reason.
    #[strum(serialize = "parked")]
    Park,
    /// Nothing was decided: give it back at once, for another consumer.
    #[strum(serialize = "released")]
    Release,
    /// It is no longer ours to settle.
    #[strum(serialize = "forgotten")]
    Forget,
    /// There is none: somebody has asked for the load by hand.
    #[strum(serialize = "by_hand")]
    ByHand,
}

impl Disposition {
    /// One of each kind that a message meets.
    pub const EVERY_KIND: [Self; 5] =
        [Self::Delete, Self::Retry { after: Duration::ZERO }, Self::Park, Self::Release, Self::Forget];

    /// The value of the label `disposition`.
    pub fn label(self) -> &'static str {
        self.into()
    }
}

/// A cause that should have passed is taken for permanent after this many deliveries, but not before
/// [`PATIENCE`]: an outage may have used up deliveries, and a slow producer needs its time.
const ENOUGH_DELIVERIES: u32 = 5;
pub(crate) const PATIENCE: Duration = Duration::from_secs(30 * 60);
const SHORTEST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(15 * 60);
const SHORTEST_PAUSE_OF_PAUSED: Duration = Duration::from_secs(5 * 60);
/// Long enough that the rest of the queue is received before it comes again.
const SHORTEST_PAUSE_OF_CROWDED: Duration = Duration::from_secs(10);
/// Half of what SQS allows.
pub(crate) const LONGEST_PAUSE_OF_PAUSED: Duration = Duration::from_secs(6 * 60 * 60);

/// One delivery of a message, as far as it matters to what becomes of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery {
    /// How often the queue has delivered the message, 1 at first.
    pub receive_count: u32,
    /// The time since the first delivery; of a message that has waited for the end of a pause, since its first failure after that.
    pub tried_for: Duration,
    /// Any number that differs from message to message and from delivery to delivery.
    pub spread: u64,
}

/// Decides over a message from the kinds of all its failed tables.
///
/// A message is one unit in the queue, so the most hopeful failure decides: as long as one table may still succeed,
/// the message stays, and the tables that are done find themselves in the ledger.
pub fn disposition(failures: impl IntoIterator<Item = FailureKind>, delivery: Delivery) -> Disposition {
    let (mut verdict, mut is_aborted) = (Disposition::Delete, false);
    for kind in failures {
        is_aborted |= kind == FailureKind::AbortedByOperator;
        verdict = std::cmp::max_by_key(verdict, of_one(kind, delivery), |verdict| precedence(*verdict));
    }
    // What somebody has stopped must not start again for another table's sake. A lost lease outranks that too.
    if is_aborted && verdict != Disposition::Forget { Disposition::Park } else { verdict }
}

fn of_one(kind: FailureKind, delivery: Delivery) -> Disposition {
    let retry = Disposition::Retry { after: pause(delivery) };
    let is_hopeless = delivery.receive_count >= ENOUGH_DELIVERIES && delivery.tried_for >= PATIENCE;
    let retry_a_few_times = if is_hopeless { Disposition::Park } else { retry };
    match kind {
        FailureKind::InvalidRequest
        | FailureKind::Unrouted
        | FailureKind::UnusableDataFile
        | FailureKind::InvalidTableConfig
        | FailureKind::SchemaConflict
        | FailureKind::DataRejected
        | FailureKind::UnexpectedRowCount
        | FailureKind::ImplausibleDate
        | FailureKind::OutsideWindow
        | FailureKind::Rewritten
        | FailureKind::WouldDouble
        | FailureKind::DuplicateKeys
        | FailureKind::AbortedByOperator => Disposition::Park,
        // A producer may enqueue before its files are there, an operator may be about to grant a right, and what a bug
        // stumbles over may be gone.
        FailureKind::NoDataFile
        | FailureKind::IncompleteData
        | FailureKind::NoTableConfig
        | FailureKind::StorageDenied
        | FailureKind::PermissionDenied
        | FailureKind::StatementRefused
        | FailureKind::Timeout
        | FailureKind::InternalError => retry_a_few_times,
        FailureKind::StorageUnavailable
        | FailureKind::LoginRefused
        | FailureKind::WarehouseUnavailable
        | FailureKind::Conflict
        | FailureKind::CommitUnknown => retry,
        FailureKind::Paused => Disposition::Retry { after: pause_of_paused(delivery) },
        FailureKind::Crowded => Disposition::Retry { after: pause_of_crowded(delivery) },
        FailureKind::LeaseLost => Disposition::Forget,
        FailureKind::Aborted => Disposition::Release,
    }
}

/// Whether it ends all work that is under way together, whatever that work is on: the daemon or an operator has stopped it, or the
/// warehouse is away.
pub fn ends_all_work(kind: FailureKind) -> bool {
    let is_stopped =
        matches!(kind, FailureKind::Aborted | FailureKind::AbortedByOperator | FailureKind::LeaseLost);
    is_stopped || scope(kind) == Scope::Warehouse
}

/// For how long its message is tried: 0 when it is parked at once, 2 when it is never given up.
pub fn hope(kind: FailureKind) -> u8 {
    let at = |receive_count, tried_for| of_one(kind, Delivery { receive_count, tried_for, spread: 0 });
    let is_parked = |verdict| verdict == Disposition::Park;
    match (is_parked(at(1, Duration::ZERO)), is_parked(at(u32::MAX, Duration::MAX))) {
        (true, _) => 0,
        (false, true) => 1,
        (false, false) => 2,
    }
}

/// Whom a failure concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The message whose load failed, and no other.
    Message,
    /// Every message that asks the very same.
    Order,
    /// Perhaps every message: no verdict over this one is due before it is known whether the warehouse is up.
    Warehouse,
}

pub fn scope(kind: FailureKind) -> Scope {
    match kind {
        FailureKind::InvalidRequest
        | FailureKind::Unrouted
        | FailureKind::Paused
        | FailureKind::Crowded
        | FailureKind::LeaseLost
        | FailureKind::Aborted => Scope::Message,
        FailureKind::UnusableDataFile
        | FailureKind::InvalidTableConfig
        | FailureKind::SchemaConflict
        | FailureKind::DataRejected
        | FailureKind::UnexpectedRowCount
        | FailureKind::ImplausibleDate
        | FailureKind::OutsideWindow
        | FailureKind::Rewritten
        | FailureKind::WouldDouble
        | FailureKind::DuplicateKeys
        | FailureKind::NoDataFile
        | FailureKind::IncompleteData
        | FailureKind::NoTableConfig
        | FailureKind::StorageDenied
        | FailureKind::StorageUnavailable
        | FailureKind::PermissionDenied
        | FailureKind::StatementRefused
        | FailureKind::Timeout
        | FailureKind::Conflict
        | FailureKind::AbortedByOperator
        | FailureKind::InternalError => Scope::Order,
        // The answer to a COMMIT is mostly lost with everything else.
        FailureKind::WarehouseUnavailable | FailureKind::LoginRefused | FailureKind::CommitUnknown => {
            Scope::Warehouse
        }
    }
}

/// A lost lease outranks all, because then no other verdict may be carried out.
fn precedence(verdict: Disposition) -> u8 {
    match verdict {
        Disposition::ByHand | Disposition::Delete => 0,
        Disposition::Park => 1,
        Disposition::Retry { .. } => 2,
        Disposition::Release => 3,
        Disposition::Forget => 4,
    }
}

/// The same for a message that waits for the end of a pause, which takes longer than a fault: it has waited as long before as
/// it waits then, and a pause of a week costs it some forty deliveries.
fn pause_of_paused(delivery: Delivery) -> Duration {
    within(delivery, SHORTEST_PAUSE_OF_PAUSED, LONGEST_PAUSE_OF_PAUSED)
}

/// The same for a message whose table has too many in hand. It costs a delivery each time, so the pauses grow.
fn pause_of_crowded(delivery: Delivery) -> Duration {
    within(delivery, SHORTEST_PAUSE_OF_CROWDED, LONGEST_PAUSE)
}

/// Doubles from delivery to delivery, within bounds. The later half of each pause is spread, so that messages which
/// failed together do not come back together.
fn pause(delivery: Delivery) -> Duration {
    within(delivery, SHORTEST_PAUSE, LONGEST_PAUSE)
}

fn within(delivery: Delivery, shortest: Duration, longest: Duration) -> Duration {
    let doublings = delivery.receive_count.saturating_sub(1).min(16);
    let longest = shortest.saturating_mul(1 << doublings).min(longest);
    let half = longest / 2;
    let share = u32::try_from(delivery.spread % 1024).expect("a number below 1024 fits");
    half + half * share / 1024
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn delivery(receive_count: u32, tried_for: Duration) -> Delivery {
        Delivery { receive_count, tried_for, spread: 0 }
    }

    const FIRST: Delivery = Delivery { receive_count: 1, tried_for: Duration::ZERO, spread: 0 };

    #[test]
    fn a_message_without_failures_is_deleted() {
        assert_eq!(disposition([], FIRST), Disposition::Delete);
    }

    #[test]
    fn what_the_producer_must_mend_is_parked_at_the_first_delivery() {
        assert_eq!(disposition([FailureKind::DataRejected], FIRST), Disposition::Park);
        assert_eq!(disposition([FailureKind::InvalidRequest], FIRST), Disposition::Park);
    }

    #[test]
    fn an_early_message_is_retried_and_parked_in_the_end() {
        let first = disposition([FailureKind::NoDataFile], FIRST);
        assert_eq!(first, Disposition::Retry { after: SHORTEST_PAUSE / 2 });
        let after_an_outage = disposition([FailureKind::NoDataFile], delivery(50, PATIENCE / 2));
        assert!(matches!(after_an_outage, Disposition::Retry { .. }), "{after_an_outage:?}");
        assert_eq!(disposition([FailureKind::NoDataFile], delivery(5, PATIENCE)), Disposition::Park);
    }

    #[test]
    fn one_table_that_may_still_succeed_keeps_the_message() {
        let verdict = disposition([FailureKind::DataRejected, FailureKind::Conflict], FIRST);
        assert!(matches!(verdict, Disposition::Retry { .. }), "{verdict:?}");
        let lost = disposition([FailureKind::LeaseLost, FailureKind::Conflict], FIRST);
        assert_eq!(lost, Disposition::Forget);
    }

    #[test]
    fn what_an_operator_has_stopped_is_parked_whatever_another_table_hopes_for() {
        let aborted = |other| disposition([FailureKind::AbortedByOperator, other], FIRST);
        for other in [FailureKind::Conflict, FailureKind::Aborted, FailureKind::DataRejected] {
            assert_eq!(aborted(other), Disposition::Park, "{other:?}");
        }
        assert_eq!(aborted(FailureKind::LeaseLost), Disposition::Forget);
    }

    #[test]
    fn a_message_of_a_paused_table_comes_back_after_about_as_long_as_it_has_waited() {
        let pause_after = |count| {
            let verdict = disposition([FailureKind::Paused], delivery(count, Duration::ZERO));
            let Disposition::Retry { after } = verdict else { panic!("{verdict:?}") };
            after
        };
        assert_eq!(pause_after(1), SHORTEST_PAUSE_OF_PAUSED / 2);
        assert_eq!(pause_after(2), SHORTEST_PAUSE_OF_PAUSED);
        assert_eq!(pause_after(50), LONGEST_PAUSE_OF_PAUSED / 2);
    }

    #[test]
    fn a_message_of_a_crowded_table_comes_back_soon_and_is_never_parked() {
        let retry_after = |after| Disposition::Retry { after };
        assert_eq!(disposition([FailureKind::Crowded], FIRST), retry_after(SHORTEST_PAUSE_OF_CROWDED / 2));
        let old = delivery(50, 10 * PATIENCE);
        assert_eq!(disposition([FailureKind::Crowded], old), retry_after(LONGEST_PAUSE / 2));
    }

    proptest! {
        #[test]
        fn what_may_pass_is_never_parked_and_its_pause_is_bounded(count in 1_u32.., tried_for: u32, spread: u64) {
            let tried_for = Duration::from_secs(tried_for.into());
            let verdict = disposition([FailureKind::Conflict], Delivery { receive_count: count, tried_for, spread });
            let Disposition::Retry { after } = verdict else { panic!("{verdict:?}") };
            prop_assert!(after >= SHORTEST_PAUSE / 2 && after <= LONGEST_PAUSE, "{:?}", after);
        }

        #[test]
        fn messages_that_failed_together_come_back_apart(spreads in prop::collection::vec(any::<u64>(), 1000)) {
            let pauses = spreads.iter().map(|spread| pause(Delivery { receive_count: 9, spread: *spread, ..FIRST }));
            let pauses: std::collections::HashSet<Duration> = pauses.collect();
            prop_assert!(pauses.len() > 500, "{} pauses for 1000 messages", pauses.len());
        }
    }
}
