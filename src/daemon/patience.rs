//! For how long a message has been tried, without what it has waited for the end of a pause, or for room in the hold. Decides, and
//! does nothing.
//!
//! A message of a paused table is given back again and again, and grows old by it, though nothing has failed. Once the pause has
//! ended it is owed as much patience as a new one. It may be hidden for hours then, so that its patience counts from its first
//! failure, and not from the end of the pause.
//!
//! The same is owed to a message that was given back because its table had more than its share in hand.
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
/// How often what is older is looked for.
const BETWEEN_LOOKS: Duration = Duration::from_secs(60);
/// Messages whose first failure is remembered, and those that were crowded out; what fails beyond them is tried for as long as the end
/// of its pause is remembered.
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
    /// When messages were given back the last time because their tables had more than their share in hand.
    crowded_out: HashMap<String, Instant>,
    has_forgotten: Option<Instant>,
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
        let (mut ended_for, mut was_tried) = (None, false);
        for (target, failure) in failures {
            if failure.kind == FailureKind::Crowded {
                remembered.is_crowded_out(message_id, at);
            }
            if is_of_a_try(failure.kind) {
                was_tried = true;
                let end = target.and_then(|target| remembered.end_of_pause(target));
                let since = end.map(|end| at.saturating_duration_since(end));
                ended_for = ended_for.into_iter().chain(since).min();
            }
        }
        match ended_for {
            // It may have failed before a pause, too.
            Some(ended_for) if age > ended_for => remembered.failed_for(message_id, at).min(ended_for),
            _ if was_tried && remembered.crowded_out.contains_key(message_id) => {
                remembered.failed_for(message_id, at)
            }
            _ => age,
        }
    }

    fn remembered(&self) -> MutexGuard<'_, Remembered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Remembered {
    /// Looks through all of them, so not for each message.
    fn forget_old(&mut self, now: Instant) {
        if self.has_forgotten.is_some_and(|last| now.saturating_duration_since(last) < BETWEEN_LOOKS) {
            return;
        }
        self.has_forgotten = Some(now);
        let is_recent = |at: Instant| now.saturating_duration_since(at) < REMEMBERED;
        self.ends.retain(|(_, end)| is_recent(*end));
        self.first_failures.retain(|_, first| is_recent(*first));
        self.crowded_out.retain(|_, last| is_recent(*last));
    }

    fn is_crowded_out(&mut self, message_id: &str, at: Instant) {
        if self.crowded_out.len() < MOST_MESSAGES || self.crowded_out.contains_key(message_id) {
            self.crowded_out.insert(message_id.to_owned(), at);
        }
    }

    /// The time since the first failure of a message that is remembered, which may be this one.
    fn failed_for(&mut self, message_id: &str, at: Instant) -> Duration {
        let is_full = self.first_failures.len() >= MOST_MESSAGES;
        let first = match self.first_failures.get(message_id) {
            Some(first) => *first,
            None if is_full => at,
            None => *self.first_failures.entry(message_id.to_owned()).or_insert(at),
        };
        at.saturating_duration_since(first)
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
mod tests;
