//! Extends the leases that are due, in batches.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;
use tracing::warn;

use crate::queue::lease::{LeaseKeeper, sleep_until_or_for_ever};
use crate::queue::{QueueError, ReceiptHandle};
use crate::telemetry::labels::LeaseExtension;

/// As many as one batch request takes.
const BATCH: usize = 10;
/// Requests under way at one time. Answered in a quarter of a second each, that many renew the 120,000 messages that SQS
/// lets one queue have in flight, at the default timeout, before any of them is lost.
pub(super) const CONCURRENT_BATCHES: usize = 20;

pub(super) fn could_not_be_extended(count: u64, error: &QueueError) {
    warn!(%error, "leases could not be extended, trying again: {count}");
}

impl LeaseKeeper {
    pub(super) async fn keep_extending(&self) {
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

    pub(super) async fn extend_batch(&self, ids: &[u64]) {
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
        let longest = self.visibility_timeout / 6;
        let results = tokio::time::timeout(longest, answer).await.unwrap_or_else(|_| {
            vec![Err(QueueError::NoAnswer { within: longest, asked_to: "extend leases" }); extensions.len()]
        });
        let results = batch.iter().zip(results);
        let failed: Vec<QueueError> = results
            .filter_map(|((id, timeout, _), result)| self.note(*id, asked_at, *timeout, result))
            .collect();
        if let Some(error) = failed.first() {
            self.failed.happened(failed.len() as u64, error.clone());
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
        // Given up while the queue was asked: that was told, and counted.
        if held.lost.is_cancelled() {
            return None;
        }
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
}
