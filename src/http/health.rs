//! What `/healthz` and `/readyz` answer from.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// A long poll with all its retries and time-outs; an intake that is silent for longer is stuck.
const LONGEST_SILENCE: Duration = Duration::from_secs(300);

/// The daemon's state as an orchestrator sees it.
pub struct Health {
    state: Mutex<State>,
}

struct State {
    last_progress: Instant,
    /// Why the queue cannot be used; not known before the first probe.
    queue: Result<(), String>,
    warehouse: Result<(), String>,
    draining: bool,
}

impl Default for Health {
    /// A process that has just started: live, and not ready before queue and warehouse were reached.
    fn default() -> Self {
        let unknown = || Err("not reached yet".to_owned());
        let state =
            State { last_progress: Instant::now(), queue: unknown(), warehouse: unknown(), draining: false };
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
        reasons.extend(state.queue.as_ref().err().map(|reason| format!("queue: {reason}")));
        reasons.extend(state.warehouse.as_ref().err().map(|reason| format!("warehouse: {reason}")));
        if reasons.is_empty() { Ok(()) } else { Err(reasons) }
    }

    pub fn progressed(&self) {
        self.state().last_progress = Instant::now();
    }

    pub fn drains(&self) {
        self.state().draining = true;
    }

    /// Notes the result of a probe; true when it differs from the last one, so that each change is logged once.
    pub fn queue_is(&self, result: Result<(), String>) -> bool {
        let mut state = self.state();
        let changed = state.queue.is_ok() != result.is_ok();
        state.queue = result;
        changed
    }

    /// As [`Health::queue_is`].
    pub fn warehouse_is(&self, result: Result<(), String>) -> bool {
        let mut state = self.state();
        let changed = state.warehouse.is_ok() != result.is_ok();
        state.warehouse = result;
        changed
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
        assert!(health.queue_is(Ok(())) && health.warehouse_is(Ok(())));
        assert_eq!(health.ready(), Ok(()));
        assert!(!health.queue_is(Ok(())), "no change");
        health.drains();
        assert_eq!(health.ready(), Err(vec!["draining".to_owned()]));
    }
}
