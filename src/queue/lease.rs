//! Leases: the heartbeat that keeps held messages hidden from other consumers.
//!
//! A lease is extended at a third of the visibility timeout. When it cannot be kept, `lost` fires before the
//! deadline, so that work is told to stop while the message is still ours. Should it stop later than that, the table's
//! write lock and the ledger keep the next delivery from loading twice.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use tokio::sync::{Notify, OwnedMutexGuard};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::queue::{Message, MessageQueue, QueueError, ReceiptHandle};
use crate::telemetry::labels::{LeaseExtension, MessageState};
use crate::telemetry::metrics::Metrics;
use crate::telemetry::once_a_minute::OnceAMinute;

/// As many as one batch request takes.
const BATCH: usize = 10;
/// Requests under way at one time. Answered in a quarter of a second each, that many renew the 120,000 messages that SQS
/// lets one queue have in flight, at the default timeout, before any of them is lost.
const CONCURRENT_BATCHES: usize = 20;
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
    /// Leases that could not be extended, and those that were lost.
    failed: OnceAMinute,
    lost: OnceAMinute,
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
            failed: OnceAMinute::default(),
            lost: OnceAMinute::default(),
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
        }
    }

    async fn keep_extending(&self) {
        loop {
            let added = self.added.notified();
            let next_due = self
                .held()
                .values()
                .filter(|held| !held.lost.is_cancelled())
                .filter_map(|held| held.due)
                .min();
            tokio::select! {
                () = added => {}
                () = sleep_until_or_for_ever(next_due) => self.extend_what_is_due().await,
            }
        }
    }

    async fn keep_giving_up(&self) {
        loop {
            let added = self.added.notified();
            let next = self
                .held()
                .values()
                .filter(|held| !held.lost.is_cancelled())
                .map(|held| self.last_moment(held))
                .min();
            tokio::select! {
                () = added => {}
                () = sleep_until_or_for_ever(next) => self.give_up_what_is_late(),
            }
        }
    }

    /// A tenth of the visibility timeout is left to cancel a query and roll back.
    fn last_moment(&self, held: &Held) -> Instant {
        held.deadline - self.visibility_timeout / 10
    }

    fn give_up_what_is_late(&self) {
        let now = Instant::now();
        let all = self.held();
        let late = all.values().filter(|held| !held.lost.is_cancelled() && now >= self.last_moment(held));
        for held in late {
            self.is_lost(held, "it runs out and could not be extended");
        }
    }

    /// Whoever works on the message stops, and its log line tells the end. A queue that is out of reach loses them all.
    fn is_lost(&self, held: &Held, why: &str) {
        self.metrics.lease_extended(LeaseExtension::Lost);
        held.lost.cancel();
        if let Some(count) = self.lost.happened(1) {
            warn!(
                message.id = held.message_id,
                "leases are lost, stopping the work on their messages: {count}, such as this one, as {why}"
            );
        }
    }

    async fn extend_what_is_due(&self) {
        let due = self.due();
        let batches: Vec<Vec<u64>> = due.chunks(BATCH).map(<[u64]>::to_vec).collect();
        // Not all at once: the queue, its quota of requests, and other requests to it have to bear them.
        let extend = |batch: Vec<u64>| async move { self.extend_batch(&batch).await };
        stream::iter(batches).for_each_concurrent(CONCURRENT_BATCHES, extend).await;
    }

    /// The leases that are to be extended now, the most urgent first.
    fn due(&self) -> Vec<u64> {
        // Whatever comes due soon goes along, so that batches are full.
        let horizon = Instant::now() + self.visibility_timeout / 12;
        let held = self.held();
        let due = held.iter().filter(|(_, held)| !held.lost.is_cancelled());
        let due = due.filter_map(|(id, held)| Some((held.due.filter(|due| *due <= horizon)?, *id)));
        let mut due: Vec<(Instant, u64)> = due.collect();
        due.sort_unstable();
        due.into_iter().map(|(_, id)| id).collect()
    }

    async fn extend_batch(&self, ids: &[u64]) {
        let asked_at = Instant::now();
        // Taken under the lock of the map, from which an ending lease goes first: either it is no longer there, or its
        // end waits until this request is answered.
        let batch: Vec<(u64, Duration, OwnedMutexGuard<ReceiptHandle>)> = {
            let held = self.held();
            let free = |id: &u64| {
                let held = held.get(id)?;
                let timeout = self.visibility_timeout.min(held.limit.saturating_duration_since(asked_at));
                Some((*id, timeout, Arc::clone(&held.handle).try_lock_owned().ok()?))
            };
            ids.iter().filter_map(free).collect()
        };
        if batch.is_empty() {
            return;
        }
        let extensions: Vec<(ReceiptHandle, Duration)> =
            batch.iter().map(|(_, timeout, handle)| ((**handle).clone(), *timeout)).collect();
        let answer = self.queue.extend(&extensions);
        // A request that is not answered by then is asked again rather than waited for.
        let results = tokio::time::timeout(self.visibility_timeout / 6, answer).await.unwrap_or_else(|_| {
            let (queue, detail) = ("of the message".to_owned(), "no answer in time".to_owned());
            vec![Err(QueueError::Unavailable { queue, detail }); extensions.len()]
        });
        let results = batch.iter().zip(results);
        let failed: Vec<QueueError> = results
            .filter_map(|((id, timeout, _), result)| self.note(*id, asked_at, *timeout, result))
            .collect();
        if let (Some(error), Some(count)) = (failed.first(), self.failed.happened(failed.len() as u64)) {
            warn!(%error, "leases could not be extended, trying again: {count}");
        }
    }

    /// Returns the error of an extension that is to be tried again.
    fn note(
        &self,
        id: u64,
        asked_at: Instant,
        timeout: Duration,
        result: Result<(), QueueError>,
    ) -> Option<QueueError> {
        let mut all = self.held();
        // It may have ended meanwhile.
        let held = all.get_mut(&id)?;
        match result {
            Ok(()) => {
                self.metrics.lease_extended(LeaseExtension::Extended);
                held.deadline = asked_at + timeout;
                held.due = (held.deadline < held.limit).then(|| asked_at + timeout / 3);
            }
            Err(QueueError::ReceiptHandleExpired { detail }) => {
                self.is_lost(held, &detail);
            }
            Err(error) => {
                self.metrics.lease_extended(LeaseExtension::Failed);
                held.due = Some(asked_at + self.visibility_timeout / 12);
                return Some(error);
            }
        }
        None
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
