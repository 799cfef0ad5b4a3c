//! Whether the daemon lives and takes messages: what an orchestrator asks.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::daemon::state::queue_state::{QueueState, QueueUse};
use crate::failure::{Failure, FailureKind};

/// A request to the queue with all its retries and time-outs; an intake that is silent for longer is stuck.
const LONGEST_SILENCE: Duration = Duration::from_secs(300);

const NOT_REACHED: &str = "not reached yet";

/// Why the warehouse is not reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    pub reason: String,
    /// It answers, and will not have us.
    pub refuses_login: bool,
}

impl From<&Failure> for Obstacle {
    fn from(failure: &Failure) -> Self {
        Self { reason: failure.to_string(), refuses_login: failure.kind == FailureKind::LoginRefused }
    }
}

/// The daemon's state as an orchestrator sees it.
pub struct Health {
    state: Mutex<HealthState>,
}

struct HealthState {
    last_progress: Instant,
    queue: QueueState,
    dead_letter_queue: QueueState,
    warehouse: Result<(), Obstacle>,
    /// Since when it is or is not reached.
    warehouse_since: Instant,
    warehouse_was_reached: bool,
    draining: bool,
}

impl Default for Health {
    /// A process that has just started: live, and not ready before queue and warehouse were reached.
    fn default() -> Self {
        let state = HealthState {
            last_progress: Instant::now(),
            queue: QueueState::unknown(),
            dead_letter_queue: QueueState::presumed(),
            warehouse: Err(Obstacle { reason: NOT_REACHED.to_owned(), refuses_login: false }),
            warehouse_since: Instant::now(),
            warehouse_was_reached: false,
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
        let queue = state.queue.state().unwrap_or(Err(NOT_REACHED));
        reasons.extend(queue.err().map(|reason| format!("queue: {reason}")));
        reasons
            .extend(state.warehouse.as_ref().err().map(|obstacle| format!("warehouse: {}", obstacle.reason)));
        if reasons.is_empty() { Ok(()) } else { Err(reasons) }
    }

    pub fn progressed(&self) {
        self.state().last_progress = Instant::now();
    }

    pub fn drains(&self) {
        self.state().draining = true;
    }

    /// Notes the result of a request to the queue; true when that changes whether the queue can be used.
    pub fn queue_is(&self, queue_use: QueueUse, result: Result<(), String>) -> bool {
        self.state().queue.note(queue_use, result)
    }

    /// The same of the dead-letter queue, without which messages are loaded all the same.
    pub fn dead_letter_queue_is(&self, queue_use: QueueUse, result: Result<(), String>) -> bool {
        self.state().dead_letter_queue.note(queue_use, result)
    }

    /// Why the dead-letter queue cannot be used; `None` while it can.
    pub fn dead_letter_queue_obstacle(&self) -> Option<String> {
        self.state().dead_letter_queue.state()?.err().map(str::to_owned)
    }

    /// Notes the result of a probe.
    pub fn warehouse_is(&self, result: Result<(), Obstacle>) {
        let mut state = self.state();
        if state.warehouse.is_ok() != result.is_ok() {
            state.warehouse_since = Instant::now();
        }
        state.warehouse_was_reached |= result.is_ok();
        state.warehouse = result;
    }

    /// For how long the warehouse was not reached, since the start at most; `None` while it is.
    pub fn warehouse_down_for(&self) -> Option<Duration> {
        let state = self.state();
        state.warehouse.is_err().then(|| state.warehouse_since.elapsed())
    }

    /// Whether the warehouse was reached since the start.
    pub fn warehouse_was_reached(&self) -> bool {
        self.state().warehouse_was_reached
    }

    /// Whether the warehouse answered the last probe, and refused the login.
    pub fn warehouse_refuses_login(&self) -> bool {
        self.state().warehouse.as_ref().is_err_and(|obstacle| obstacle.refuses_login)
    }

    pub fn is_draining(&self) -> bool {
        self.state().draining
    }

    /// Whether the last requests to the queue went well; true before the first.
    pub fn can_use_queue(&self) -> bool {
        self.state().queue.state().is_none_or(|queue| queue.is_ok())
    }

    fn state(&self) -> MutexGuard<'_, HealthState> {
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
        assert!(health.dead_letter_queue_is(QueueUse::Count, Err("down".to_owned())));
        assert_eq!(health.ready(), Ok(()), "messages are loaded all the same");
        health.drains();
        assert_eq!(health.ready(), Err(vec!["draining".to_owned()]));
    }

    #[tokio::test(start_paused = true)]
    async fn an_outage_of_the_warehouse_is_as_old_as_its_first_failed_probe() {
        let health = Health::default();
        let obstacle = |refuses_login| Obstacle { reason: "down".to_owned(), refuses_login };
        let down = || health.warehouse_is(Err(obstacle(false)));
        let pass = async || tokio::time::advance(Duration::from_secs(60)).await;
        pass().await;
        down();
        assert_eq!(health.warehouse_down_for(), Some(Duration::from_secs(60)), "since the start");
        assert!(!health.warehouse_was_reached());
        health.warehouse_is(Ok(()));
        assert_eq!(health.warehouse_down_for(), None);
        pass().await;
        down();
        pass().await;
        down();
        assert_eq!(health.warehouse_down_for(), Some(Duration::from_secs(60)));
        assert!(health.warehouse_was_reached() && !health.warehouse_refuses_login());
        health.warehouse_is(Err(obstacle(true)));
        assert!(health.warehouse_refuses_login());
        assert_eq!(health.warehouse_down_for(), Some(Duration::from_secs(60)), "it is one outage");
    }

    #[tokio::test]
    async fn an_outage_of_the_queue_is_one_change_whichever_request_meets_it_first() {
        let health = Health::default();
        let down = || Err("down".to_owned());
        assert!(!health.queue_is(QueueUse::Work, Ok(())), "not known before messages were counted");
        assert!(health.queue_is(QueueUse::Count, Ok(())));
        assert!(!health.queue_is(QueueUse::Work, Ok(())), "no change");
        assert!(health.queue_is(QueueUse::Work, down()));
        assert!(!health.queue_is(QueueUse::Count, down()));
        assert!(!health.queue_is(QueueUse::Count, Ok(())), "messages cannot be received yet");
        assert!(health.queue_is(QueueUse::Work, Ok(())));
    }
}
