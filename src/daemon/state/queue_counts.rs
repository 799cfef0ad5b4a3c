//! How many messages the queues had when they were counted last.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use crate::queue::QueueDepth;

/// Messages by what they wait for; `None` while that is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct QueueCounts {
    pub visible: Option<i64>,
    pub in_flight: Option<i64>,
    pub delayed: Option<i64>,
    /// In the dead-letter queue.
    pub dead: Option<i64>,
}

/// The last counts.
#[derive(Debug, Default)]
pub(in crate::daemon) struct LastCounts(Mutex<QueueCounts>);

impl LastCounts {
    /// Notes a count; `None` when the queue did not answer.
    pub(in crate::daemon) fn queue_has(&self, depth: Option<&QueueDepth>) {
        let mut counts = self.counts();
        counts.visible = depth.map(|depth| depth.visible);
        counts.in_flight = depth.map(|depth| depth.in_flight);
        counts.delayed = depth.map(|depth| depth.delayed);
    }

    /// The same of the dead-letter queue.
    pub(in crate::daemon) fn dead_letters_are(&self, count: Option<i64>) {
        self.counts().dead = count;
    }

    pub(in crate::daemon) fn now(&self) -> QueueCounts {
        *self.counts()
    }

    fn counts(&self) -> MutexGuard<'_, QueueCounts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
