//! Whether the daemon lives and takes messages: what an orchestrator asks.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// A long poll with all its retries and time-outs; an intake that is silent for longer is stuck.
const LONGEST_SILENCE: Duration = Duration::from_secs(300);

const NOT_REACHED: &str = "not reached yet";

/// What a request to the queue was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueUse {
    Count,
    Receive,
}

/// The daemon's state as an orchestrator sees it.
pub struct Health {
    state: Mutex<State>,
}

struct State {
    last_progress: Instant,
    /// Why messages cannot be counted; `None` before the first count.
    counting: Option<Result<(), String>>,
    /// Why messages cannot be received; nothing was tried before the warehouse was reached.
    receiving: Result<(), String>,
    /// Whether the queue could be used after the last request; `None` while that is not known.
    queue_could_be_used: Option<bool>,
    warehouse: Result<(), String>,
    draining: bool,
}

impl State {
    /// Why the queue cannot be used; `None` while that is not known.
    fn queue(&self) -> Option<Result<(), &str>> {
        let of_receiving = self.receiving.as_ref().err().map(String::as_str);
        let of_counting =
            self.counting.as_ref().map(|counting| counting.as_ref().map_err(String::as_str).copied());
        of_receiving.map(Err).or(of_counting)
    }
}

impl Default for Health {
    /// A process that has just started: live, and not ready before queue and warehouse were reached.
    fn default() -> Self {
        let state = State {
            last_progress: Instant::now(),
            counting: None,
            receiving: Ok(()),
            queue_could_be_used: None,
            warehouse: Err(NOT_REACHED.to_owned()),
            draining: false,
        };
        Self { state: Mutex::new(state) }
    }
}

impl Health {
    /// The process makes progress; an error says since when it does not. A drain is progress, and has its own limit.
    pub fn live(&self) -> Result<(), String> {
        let state = self.state();
        let silence = state.last_progress.elapsed();
        if state.draining || silence <= LONGEST_SILENCE {
            return Ok(());
        }
        Err(format!("no progress for {} s", silence.as_secs()))
    }

    /// Queue and warehouse are reached and the daemon takes messages; errors say what is in the way.
    pub fn ready(&self) -> Result<(), Vec<String>> {
        let state = self.state();
        let mut reasons = Vec::new();
        if state.draining {
            reasons.push("draining".to_owned());
        }
        let queue = state.queue().unwrap_or(Err(NOT_REACHED));
        reasons.extend(queue.err().map(|reason| format!("queue: {reason}")));
        reasons.extend(state.warehouse.as_ref().err().map(|reason| format!("warehouse: {reason}")));
        if reasons.is_empty() { Ok(()) } else { Err(reasons) }
    }

    pub fn progressed(&self) {
        self.state().last_progress = Instant::now();
    }

    pub fn drains(&self) {
        self.state().draining = true;
    }

    /// Notes whether a request to the queue succeeded; true when that changes whether the queue can be used.
    pub fn queue_is(&self, queue_use: QueueUse, result: Result<(), String>) -> bool {
        let mut state = self.state();
        match queue_use {
            QueueUse::Count => state.counting = Some(result),
            QueueUse::Receive => state.receiving = result,
        }
        let Some(can_be_used) = state.queue().map(|queue| queue.is_ok()) else { return false };
        state.queue_could_be_used.replace(can_be_used) != Some(can_be_used)
    }

    /// Notes the result of a probe.
    pub fn warehouse_is(&self, result: Result<(), String>) {
        self.state().warehouse = result;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_silent_process_is_not_live() {
        let health = Health::default();
        tokio::time::advance(LONGEST_SILENCE).await;
        assert_eq!(health.live(), Ok(()));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(health.live().is_err());
        health.progressed();
        assert_eq!(health.live(), Ok(()));
    }

    #[tokio::test]
    async fn readiness_needs_queue_and_warehouse_and_ends_with_the_drain() {
        let health = Health::default();
        assert_eq!(health.ready().unwrap_err().len(), 2);
        assert!(health.queue_is(QueueUse::Count, Ok(())));
        health.warehouse_is(Ok(()));
        assert_eq!(health.ready(), Ok(()));
        health.drains();
        assert_eq!(health.ready(), Err(vec!["draining".to_owned()]));
    }

    #[tokio::test]
    async fn an_outage_of_the_queue_is_one_change_whichever_request_meets_it_first() {
        let health = Health::default();
        let down = || Err("down".to_owned());
        assert!(!health.queue_is(QueueUse::Receive, Ok(())), "not known before messages were counted");
        assert!(health.queue_is(QueueUse::Count, Ok(())));
        assert!(!health.queue_is(QueueUse::Receive, Ok(())), "no change");
        assert!(health.queue_is(QueueUse::Receive, down()));
        assert!(!health.queue_is(QueueUse::Count, down()));
        assert!(!health.queue_is(QueueUse::Count, Ok(())), "messages cannot be received yet");
        assert!(health.queue_is(QueueUse::Receive, Ok(())));
    }
}
