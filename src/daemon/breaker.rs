//! Whether the warehouse is up, by its probes. Decides, and does nothing.
//!
//! One load that failed says little: its connection may have been cut alone. So a failure opens nothing by itself but
//! asks for a probe, and what the probe says counts. While the breaker is open no message is received and no load
//! starts; what is held stays held, so that an outage uses up no deliveries.

use std::time::Duration;

/// Seldom, as each probe is a query that the cluster must run.
const WHILE_CLOSED: Duration = Duration::from_secs(60);
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// An outage is noticed to be over after this long and one probe at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// Open from the start: nothing is received before the warehouse was reached.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    /// What the last probe said.
    is_up: Option<bool>,
    /// In a row.
    failed_probes: u32,
}

/// What a probe has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Opened,
    Closed,
}

impl Breaker {
    pub(super) fn is_open(&self) -> bool {
        self.is_up != Some(true)
    }

    /// Notes the result of a probe.
    pub(super) fn probed(&mut self, is_up: bool) -> Option<Change> {
        self.failed_probes = if is_up { 0 } else { self.failed_probes.saturating_add(1) };
        if self.is_up.replace(is_up) == Some(is_up) {
            return None;
        }
        Some(if is_up { Change::Closed } else { Change::Opened })
    }

    /// The pause before the next probe that nobody asks for.
    pub(super) fn pause(&self) -> Duration {
        if !self.is_open() {
            return WHILE_CLOSED;
        }
        let doublings = self.failed_probes.saturating_sub(1).min(16);
        FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_flows_before_the_first_probe_has_reached_the_warehouse() {
        let mut breaker = Breaker::default();
        assert!(breaker.is_open());
        assert_eq!(breaker.probed(false), Some(Change::Opened), "which is worth a line in the log");
        assert_eq!(breaker.probed(true), Some(Change::Closed));
        assert!(!breaker.is_open());
    }

    proptest! {
        /// The model: the last probe says how things are, and a change is told when it differs from the one before.
        #[test]
        fn each_change_is_told_once(probes in prop::collection::vec(any::<bool>(), 0..40)) {
            let mut breaker = Breaker::default();
            let mut was_up = None;
            for is_up in probes {
                let change = if is_up { Change::Closed } else { Change::Opened };
                let expected = (was_up != Some(is_up)).then_some(change);
                prop_assert_eq!(breaker.probed(is_up), expected);
                prop_assert_eq!(breaker.is_open(), !is_up);
                was_up = Some(is_up);
            }
        }

        #[test]
        fn pauses_grow_through_an_outage_within_bounds_and_start_anew_with_the_next(failures in 1_u32..100) {
            let mut breaker = Breaker::default();
            breaker.probed(true);
            let mut last = Duration::ZERO;
            for _ in 0..failures {
                breaker.probed(false);
                prop_assert!(breaker.pause() >= last && breaker.pause() <= LONGEST_PAUSE);
                last = breaker.pause();
            }
            breaker.probed(true);
            prop_assert_eq!(breaker.pause(), WHILE_CLOSED);
            breaker.probed(false);
            prop_assert_eq!(breaker.pause(), FIRST_PAUSE);
        }
    }
}
