//! For how long a message has been tried, without what it has waited for the end of a pause. Decides, and does nothing.
//!
//! A message of a paused table is given back again and again, and grows old by it, though nothing has failed. Once the pause has
//! ended it is owed as much patience as a new one. It may be hidden for hours then, so that its patience counts from its first
//! failure, and not from the end of the pause.
//!
//! A process knows the pauses that it has seen end, and the failures that it has seen.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::failure::disposition::{LONGEST_PAUSE_OF_PAUSED, PATIENCE};
use crate::failure::{Failure, FailureKind};
use crate::model::pause::{PauseTarget, Pauses};
use crate::model::target_table::TargetTable;

/// For how long the end of a pause matters: by then what was hidden at the end has come back and has had its patience.
const REMEMBERED: Duration = LONGEST_PAUSE_OF_PAUSED.saturating_add(PATIENCE);
/// Ends of pauses that are remembered; the oldest is forgotten first.
const MOST_ENDS: usize = 1000;
/// Messages whose first failure is remembered; what fails beyond them is tried for as long as the end of its pause is remembered.
const MOST_MESSAGES: usize = 10_000;

/// The pauses that have ended of late, and the messages that have failed since.
#[derive(Default)]
pub(super) struct Patience(Mutex<Remembered>);

#[derive(Default)]
struct Remembered {
    /// The oldest first; of each target the latest end.
    ends: Vec<(PauseTarget, Instant)>,
    /// Since when messages that are older than the end of their pause have failed.
    first_failures: HashMap<String, Instant>,
}

impl Patience {
    /// What was paused, and what is from now on.
    pub(super) fn pauses_change(&self, before: &Pauses, now: &Pauses, at: Instant) {
        let mut remembered = self.remembered();
        for pause in before.all() {
            if now.all().iter().any(|other| other.target == pause.target) {
                continue;
            }
            remembered.ends.retain(|(target, _)| *target != pause.target);
            remembered.ends.push((pause.target.clone(), at));
        }
        let surplus = remembered.ends.len().saturating_sub(MOST_ENDS);
        remembered.ends.drain(..surplus);
    }

    /// For how long a message of this age, which has failed like this, has been tried.
    pub(super) fn tried_for<'a>(
        &self,
        message_id: &str,
        age: Duration,
        failures: impl IntoIterator<Item = (Option<&'a TargetTable>, &'a Failure)>,
        at: Instant,
    ) -> Duration {
        let mut remembered = self.remembered();
        remembered.forget_old(at);
        let tried = failures.into_iter().filter(|(_, failure)| is_of_a_try(failure.kind));
        let ends = tried.filter_map(|(target, _)| remembered.end_of_pause(target?));
        let Some(ended_for) = ends.map(|end| at.saturating_duration_since(end)).min() else { return age };
        if age <= ended_for {
            return age;
        }
        let is_full = remembered.first_failures.len() >= MOST_MESSAGES;
        let first_failure = match remembered.first_failures.get(message_id) {
            Some(first) => *first,
            None if is_full => at,
            None => *remembered.first_failures.entry(message_id.to_owned()).or_insert(at),
        };
        // It may have failed before a pause, too.
        at.saturating_duration_since(first_failure).min(ended_for)
    }

    fn remembered(&self) -> MutexGuard<'_, Remembered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Remembered {
    fn forget_old(&mut self, now: Instant) {
        let is_recent = |at: Instant| now.saturating_duration_since(at) < REMEMBERED;
        self.ends.retain(|(_, end)| is_recent(*end));
        self.first_failures.retain(|_, first| is_recent(*first));
    }

    /// When loads of this table might start again.
    fn end_of_pause(&self, target: &TargetTable) -> Option<Instant> {
        self.ends.iter().rev().find(|(paused, _)| paused.holds(target)).map(|(_, end)| *end)
    }
}

/// Whether a load was tried, and not merely put off.
fn is_of_a_try(kind: FailureKind) -> bool {
    !kind.is_put_off() && !matches!(kind, FailureKind::LeaseLost | FailureKind::Aborted)
}

#[cfg(test)]
mod tests {
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

    fn tried_for(
        patience: &Patience,
        table: &str,
        kind: FailureKind,
        age: Duration,
        at: Instant,
    ) -> Duration {
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
        for kind in [FailureKind::Paused, FailureKind::Crowded, FailureKind::LeaseLost, FailureKind::Aborted]
        {
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
}
