//! Leases: the heartbeat that keeps held messages hidden from other consumers.
//!
//! A lease is extended at a third of the visibility timeout. When it cannot be kept, `lost` fires before the
//! deadline, so that work is told to stop while the message is still ours. Should it stop later than that, the table's
//! write lock and the ledger keep the next delivery from loading twice.

mod extend;
mod give_up;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::queue::{Message, MessageQueue, QueueError, ReceiptHandle};
use crate::telemetry::labels::MessageState;
use crate::telemetry::metrics::Metrics;
use crate::telemetry::once_a_minute::OnceAMinute;

use extend::could_not_be_extended;
use give_up::{ExpiredLease, LostLease, are_lost, have_expired};

/// SQS hides a message for twelve hours from its receipt in all, however often that is extended, and refuses to extend
/// beyond [AWS: SQS, "Amazon SQS visibility timeout"]; a little less, as its clock started before ours.
const LONGEST_DELIVERY: Duration = Duration::from_secs(12 * 60 * 60 - 30);

/// Keeps any number of leases on one queue.
pub struct LeaseKeeper {
    queue: Arc<dyn MessageQueue>,
    metrics: Arc<Metrics>,
    visibility_timeout: Duration,
    held: Mutex<HashMap<u64, Held>>,
    next_id: AtomicU64,
    /// A lease was added.
    added: Notify,
    /// Leases that could not be extended, those that were lost, and those that have come to the end of their delivery.
    failed: OnceAMinute<QueueError>,
    lost: OnceAMinute<LostLease>,
    expired: OnceAMinute<ExpiredLease>,
}

/// A receipt handle, locked while an extension of it is on its way.
type SharedHandle = Arc<tokio::sync::Mutex<ReceiptHandle>>;

struct Held {
    message_id: String,
    handle: SharedHandle,
    /// When the queue will show the message to others.
    deadline: Instant,
    /// When to extend next; `None` when that would lead nowhere any more.
    due: Option<Instant>,
    /// The furthest deadline that the queue grants.
    limit: Instant,
    lost: CancellationToken,
}

/// The right to work on one delivery. [`Lease::end`] it before settling the message.
pub struct Lease {
    id: u64,
    handle: SharedHandle,
    keeper: Arc<LeaseKeeper>,
    /// Fires when the message may soon be delivered to somebody else.
    pub lost: CancellationToken,
}

impl LeaseKeeper {
    pub fn new(
        queue: Arc<dyn MessageQueue>,
        metrics: Arc<Metrics>,
        visibility_timeout: Duration,
    ) -> Arc<Self> {
        Arc::new(Self {
            queue,
            metrics,
            visibility_timeout,
            held: Mutex::default(),
            next_id: AtomicU64::new(0),
            added: Notify::new(),
            failed: OnceAMinute::new(could_not_be_extended),
            lost: OnceAMinute::new(are_lost),
            expired: OnceAMinute::new(have_expired),
        })
    }

    /// Starts the lease of a message that was received just now with this keeper's visibility timeout.
    pub fn hold(self: &Arc<Self>, message: &Message) -> Lease {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let lost = CancellationToken::new();
        let now = Instant::now();
        let handle = Arc::new(tokio::sync::Mutex::new(message.receipt_handle.clone()));
        let held = Held {
            message_id: message.id.clone(),
            handle: Arc::clone(&handle),
            deadline: now + self.visibility_timeout,
            due: Some(now + self.visibility_timeout / 3),
            limit: now + LONGEST_DELIVERY,
            lost: lost.clone(),
        };
        let mut all = self.held();
        all.insert(id, held);
        self.count(&all);
        drop(all);
        self.added.notify_waiters();
        Lease { id, handle, keeper: Arc::clone(self), lost }
    }

    /// Extends leases until `stop`, and gives up in time those that cannot be kept. Runs as a task of its own for as
    /// long as any lease is held.
    pub async fn run(&self, stop: CancellationToken) {
        // Side by side: a queue that does not answer must not keep a lease from being given up.
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.keep_extending() => {}
            () = self.keep_giving_up() => {}
            () = self.failed.tell_what_is_held_back() => {}
            () = self.lost.tell_what_is_held_back() => {}
            () = self.expired.tell_what_is_held_back() => {}
        }
    }

    /// How many messages are held.
    pub fn held_now(&self) -> usize {
        self.held().len()
    }

    fn count(&self, all: &HashMap<u64, Held>) {
        let count = i64::try_from(all.len()).unwrap_or(i64::MAX);
        self.metrics.messages_are(MessageState::Held, count);
    }

    fn held(&self) -> MutexGuard<'_, HashMap<u64, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lease {
    /// Ends the heartbeat. When this returns, no extension is on its way that could undo how the message is settled.
    pub async fn end(self) {
        let handle = Arc::clone(&self.handle);
        drop(self);
        drop(handle.lock().await);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut all = self.keeper.held();
        all.remove(&self.id);
        self.keeper.count(&all);
    }
}

async fn sleep_until_or_for_ever(instant: Option<Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
