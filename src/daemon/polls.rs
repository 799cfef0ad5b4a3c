//! How many long polls are open at one time, and when the next one may be asked. Decides, and does nothing.
//!
//! One poll is enough for a queue that is nearly empty. An answer with most of what was asked for shows that more wait: each such
//! answer lets one more poll be open, so that there are twice as many after each turn, and each with fewer messages one less. An
//! error leaves one, after a pause that grows.

use std::time::Duration;

use tokio::time::Instant;

use crate::queue::LONG_POLL;

/// Messages that one poll asks for: as many as SQS gives at once.
pub(super) const BATCH: usize = 10;
/// Polls that are open at one time. SQS answers in 10 to 25 ms: so many read ten thousand messages in less than two seconds.
pub(super) const MOST_POLLS: usize = 12;
/// Between polls, while the queue cannot be used.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What is open, and what may be.
pub(super) struct Polls {
    open: usize,
    most: usize,
    /// The pause after the last error; zero when the queue has answered since.
    pause: Duration,
    not_before: Instant,
}

/// How a poll was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// With more than half of what was asked for, as SQS may give less than there is.
    Many,
    /// With fewer.
    Few,
    Empty,
    Error,
}

impl Answer {
    /// The answer with so many messages to one that asked for so many.
    pub(super) fn with(count: usize, asked_for: usize) -> Self {
        match count {
            0 => Self::Empty,
            count if count > asked_for / 2 => Self::Many,
            _ => Self::Few,
        }
    }
}

impl Polls {
    pub(super) fn new(now: Instant) -> Self {
        Self { open: 0, most: 1, pause: Duration::ZERO, not_before: now }
    }

    /// When the next poll may be asked; `None` while as many are open as may be.
    pub(super) fn next_at(&self) -> Option<Instant> {
        (self.open < self.most).then_some(self.not_before)
    }

    pub(super) fn opened(&mut self) {
        self.open += 1;
    }

    /// A poll that was asked at `asked_at` has been answered.
    pub(super) fn answered(&mut self, answer: Answer, asked_at: Instant, now: Instant) {
        self.open = self.open.saturating_sub(1);
        if answer == Answer::Error {
            self.most = 1;
            // Those that were open together fail together, and grow the pause once.
            if asked_at >= self.not_before {
                self.pause = (self.pause * 2).clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
                self.not_before = now + self.pause;
            }
            return;
        }
        self.pause = Duration::ZERO;
        // A queue that finds nothing has waited, and one that did not is not asked more often.
        self.not_before = if answer == Answer::Empty { asked_at + LONG_POLL } else { now };
        self.most = match answer {
            Answer::Many => (self.most + 1).min(MOST_POLLS),
            Answer::Few | Answer::Empty | Answer::Error => (self.most - 1).max(1),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Opens what may be open at this time, and says how many that are.
    fn open_all(polls: &mut Polls, now: Instant) -> usize {
        while polls.next_at().is_some_and(|at| at <= now) {
            polls.opened();
        }
        polls.open
    }

    #[test]
    fn a_deep_queue_is_asked_by_twice_as_many_polls_after_each_turn_up_to_the_most() {
        let now = Instant::now();
        let mut polls = Polls::new(now);
        let mut open = vec![open_all(&mut polls, now)];
        for _ in 0..5 {
            (0..polls.open).for_each(|_| polls.answered(Answer::Many, now, now));
            open.push(open_all(&mut polls, now));
        }
        assert_eq!(open, [1, 2, 4, 8, MOST_POLLS, MOST_POLLS]);
    }

    #[test]
    fn a_queue_that_runs_out_is_asked_by_one_poll_again() {
        let now = Instant::now();
        let mut polls = Polls { open: 0, most: 4, ..Polls::new(now) };
        assert_eq!(open_all(&mut polls, now), 4);
        for (answer, left) in [(Answer::Few, 3), (Answer::Empty, 2), (Answer::Empty, 1), (Answer::Empty, 1)] {
            let later = now + LONG_POLL;
            polls.answered(answer, now, later);
            assert_eq!(open_all(&mut polls, later), left, "{answer:?}");
        }
    }

    #[test]
    fn a_queue_that_says_at_once_that_it_is_empty_is_asked_once_a_second() {
        let now = Instant::now();
        let mut polls = Polls::new(now);
        open_all(&mut polls, now);
        polls.answered(Answer::Empty, now, now);
        assert_eq!(polls.next_at(), Some(now + LONG_POLL));
    }

    #[test]
    fn polls_that_fail_together_make_one_pause_which_grows_until_the_queue_answers() {
        let start = Instant::now();
        let mut polls = Polls { open: 0, most: MOST_POLLS, ..Polls::new(start) };
        open_all(&mut polls, start);
        let mut now = start + Duration::from_millis(1);
        for _ in 0..MOST_POLLS {
            polls.answered(Answer::Error, start, now);
        }
        let mut pauses = Vec::new();
        for _ in 0..7 {
            let next = polls.next_at().unwrap();
            pauses.push((next - now).as_secs());
            now = next;
            assert_eq!(open_all(&mut polls, now), 1);
            polls.answered(Answer::Error, now, now);
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30]);
        now = polls.next_at().unwrap();
        open_all(&mut polls, now);
        polls.answered(Answer::Few, now, now);
        assert_eq!(polls.next_at(), Some(now));
    }

    #[test]
    fn most_of_the_messages_that_were_asked_for_show_that_more_wait() {
        for (count, asked_for, answer) in
            [(0, 10, Answer::Empty), (5, 10, Answer::Few), (6, 10, Answer::Many), (1, 1, Answer::Many)]
        {
            assert_eq!(Answer::with(count, asked_for), answer);
        }
    }
}
