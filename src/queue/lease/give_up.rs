//! Gives up leases that cannot be kept, while there is still time to stop the work on their messages.

use std::time::Duration;

use tokio::time::Instant;
use tracing::warn;

use crate::config::ending;
use crate::queue::lease::{Held, LeaseKeeper, sleep_until_or_for_ever};
use crate::telemetry::labels::LeaseExtension;

/// A lease that is lost, and why.
pub(super) struct LostLease {
    message_id: String,
    why: String,
}

pub(super) fn are_lost(count: u64, LostLease { message_id, why }: &LostLease) {
    warn!(
        message.id = message_id,
        "leases are lost, stopping the work on their messages: {count}; the latest is of this message: {why}"
    );
}

/// A lease that has come to the end of its delivery.
pub(super) struct ExpiredLease {
    message_id: String,
}

pub(super) fn have_expired(count: u64, ExpiredLease { message_id }: &ExpiredLease) {
    warn!(
        message.id = message_id,
        "messages were held for the twelve hours that SQS allows, go back to the queue and are received again: {count}, such as this one"
    );
}

impl LeaseKeeper {
    pub(super) async fn keep_giving_up(&self) {
        loop {
            let added = self.added.notified();
            let next = self
                .held()
                .values()
                .filter(|held| !held.lost.is_cancelled())
                .map(|held| self.last_moment(held))
                .min();
            tokio::select! {
                () = added => {}
                () = sleep_until_or_for_ever(next) => self.give_up_what_is_late(),
            }
        }
    }

    fn last_moment(&self, held: &Held) -> Instant {
        held.deadline - time_to_stop(self.visibility_timeout)
    }

    fn give_up_what_is_late(&self) {
        let now = Instant::now();
        let all = self.held();
        let late = all.values().filter(|held| !held.lost.is_cancelled() && now >= self.last_moment(held));
        for held in late {
            match held.deadline < held.limit {
                true => self.is_lost(held, "it runs out and could not be extended"),
                false => self.has_expired(held),
            }
        }
    }

    /// Whoever works on the message stops, and its log line tells the end. A queue that is out of reach loses them all.
    pub(super) fn is_lost(&self, held: &Held, why: &str) {
        self.metrics.lease_extended(LeaseExtension::Lost);
        held.lost.cancel();
        self.lost.happened(1, LostLease { message_id: held.message_id.clone(), why: why.to_owned() });
    }

    /// The same where the queue has kept its promise to the last: a long pause is no trouble of SQS.
    fn has_expired(&self, held: &Held) {
        self.metrics.lease_extended(LeaseExtension::Expired);
        held.lost.cancel();
        self.expired.happened(1, ExpiredLease { message_id: held.message_id.clone() });
    }
}

/// What is left of a lease that is given up, to cancel a query and roll back. A load is stopped within its budget. Of a
/// short timeout it is the last third: in the first the lease is not due, in the second it is tried to be extended.
fn time_to_stop(visibility_timeout: Duration) -> Duration {
    (visibility_timeout / 10).max(ending::BUDGET).min(visibility_timeout / 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_whose_lease_is_given_up_has_its_whole_budget_to_stop() {
        let minutes = |count: u64| Duration::from_secs(count * 60);
        assert_eq!(time_to_stop(minutes(2)), ending::BUDGET);
        assert_eq!(time_to_stop(minutes(5)), ending::BUDGET);
        assert_eq!(time_to_stop(minutes(60)), minutes(6));
    }

    #[test]
    fn a_lease_that_is_too_short_for_the_budget_is_given_up_once_it_was_tried_to_be_extended() {
        assert_eq!(time_to_stop(Duration::from_secs(30)), Duration::from_secs(10));
    }
}
