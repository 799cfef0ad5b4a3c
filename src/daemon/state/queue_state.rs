//! Whether a queue can be used, by the last request of each kind to it.

use std::time::Duration;

use tokio::time::Instant;

/// Longer than the pause before a message that could not be parked is tried again: a failure that nobody has met for so
/// long says nothing any more.
const STALE_AFTER: Duration = Duration::from_secs(30 * 60);

/// What a request to a queue was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueUse {
    /// To count its messages, which is done all the time.
    Count,
    /// To receive from it, or to park in it.
    Work,
}

/// What is known of one queue.
pub(super) struct QueueState {
    /// Why messages cannot be counted; `None` before the first count.
    counting: Option<Result<(), String>>,
    /// Why it could not be worked with, and when; nothing was tried at first.
    working: Result<(), (String, Instant)>,
    /// Whether the queue could be used after the last request; `None` while that is not known.
    could_be_used: Option<bool>,
}

impl QueueState {
    /// A queue of which nothing is known.
    pub(super) fn unknown() -> Self {
        Self { counting: None, working: Ok(()), could_be_used: None }
    }

    /// A queue that is worth a word only once it cannot be used.
    pub(super) fn presumed() -> Self {
        Self { could_be_used: Some(true), ..Self::unknown() }
    }

    /// Why the queue cannot be used; `None` while that is not known.
    pub(super) fn state(&self) -> Option<Result<(), &str>> {
        let of_working = self.working.as_ref().err();
        let of_working = of_working.filter(|(_, at)| at.elapsed() <= STALE_AFTER);
        let of_working = of_working.map(|(reason, _)| reason.as_str());
        let of_counting =
            self.counting.as_ref().map(|counting| counting.as_ref().map_err(String::as_str).copied());
        of_working.map(Err).or(of_counting)
    }

    /// Notes the result of a request; true when that changes whether the queue can be used.
    pub(super) fn note(&mut self, queue_use: QueueUse, result: Result<(), String>) -> bool {
        match queue_use {
            QueueUse::Count => self.counting = Some(result),
            QueueUse::Work => self.working = result.map_err(|reason| (reason, Instant::now())),
        }
        let Some(can_be_used) = self.state().map(|queue| queue.is_ok()) else { return false };
        self.could_be_used.replace(can_be_used) != Some(can_be_used)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_queue_that_refused_a_message_long_ago_is_taken_for_good_again() {
        let mut queue = QueueState::presumed();
        assert!(!queue.note(QueueUse::Count, Ok(())), "as presumed");
        assert!(queue.note(QueueUse::Work, Err("denied".to_owned())));
        assert!(!queue.note(QueueUse::Count, Ok(())), "it can be counted, which was never in doubt");
        assert_eq!(queue.state(), Some(Err("denied")));
        tokio::time::advance(STALE_AFTER + Duration::from_secs(1)).await;
        assert!(queue.note(QueueUse::Count, Ok(())));
        assert_eq!(queue.state(), Some(Ok(())));
    }
}
