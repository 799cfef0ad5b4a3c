//! Leases: the heartbeat that keeps held messages hidden from other consumers.
//!
//! A lease is extended at a third of the visibility timeout. When it cannot be kept, `lost` fires before the
//! deadline, so that work stops while the message is still ours.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedMutexGuard};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::queue::{MessageQueue, QueueError, ReceiptHandle};
use crate::telemetry::labels::{LeaseExtension, MessageState};
use crate::telemetry::metrics::Metrics;

/// As many as one batch request takes.
const BATCH: usize = 10;

/// Keeps any number of leases on one queue.
pub struct LeaseKeeper {
    queue: Arc<dyn MessageQueue>,
    metrics: Arc<Metrics>,
    visibility_timeout: Duration,
    held: Mutex<HashMap<u64, Held>>,
    next_id: AtomicU64,
    /// A lease was added.
    added: Notify,
}

/// A receipt handle, locked while an extension of it is on its way.
type Delivery = Arc<tokio::sync::Mutex<ReceiptHandle>>;

struct Held {
    delivery: Delivery,
    /// When the queue will show the message to others.
    deadline: Instant,
    /// When to extend next.
    due: Instant,
    lost: CancellationToken,
}

/// The right to work on one delivery. [`Lease::end`] it before settling the message.
pub struct Lease {
    id: u64,
    delivery: Delivery,
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
        })
    }

    /// Starts the lease of a delivery that was received just now with this keeper's visibility timeout.
    pub fn hold(self: &Arc<Self>, delivery: ReceiptHandle) -> Lease {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let lost = CancellationToken::new();
        let now = Instant::now();
        let delivery = Arc::new(tokio::sync::Mutex::new(delivery));
        let held = Held {
            delivery: Arc::clone(&delivery),
            deadline: now + self.visibility_timeout,
            due: now + self.visibility_timeout / 3,
            lost: lost.clone(),
        };
        let mut all = self.held();
        all.insert(id, held);
        self.count(&all);
        drop(all);
        self.added.notify_waiters();
        Lease { id, delivery, keeper: Arc::clone(self), lost }
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
            let next_due =
                self.held().values().filter(|held| !held.lost.is_cancelled()).map(|held| held.due).min();
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
        for held in self.held().values().filter(|held| !held.lost.is_cancelled()) {
            if now >= self.last_moment(held) {
                self.metrics.lease_extended(LeaseExtension::Lost);
                warn!("lease of a message runs out, stopping its work");
                held.lost.cancel();
            }
        }
    }

    async fn extend_what_is_due(&self) {
        // Whatever comes due soon goes along, so that batches are full.
        let horizon = Instant::now() + self.visibility_timeout / 12;
        let due: Vec<u64> = self
            .held()
            .iter()
            .filter(|(_, held)| held.due <= horizon && !held.lost.is_cancelled())
            .map(|(id, _)| *id)
            .collect();
        let batches = due.chunks(BATCH).map(|batch| self.extend_batch(batch));
        futures_util::future::join_all(batches).await;
    }

    async fn extend_batch(&self, ids: &[u64]) {
        // Taken under the lock of the map, from which an ending lease goes first: either it is no longer there, or its
        // end waits until this request is answered.
        let batch: Vec<(u64, OwnedMutexGuard<ReceiptHandle>)> = {
            let held = self.held();
            let free = |id: &u64| Arc::clone(&held.get(id)?.delivery).try_lock_owned().ok();
            ids.iter().filter_map(|id| Some((*id, free(id)?))).collect()
        };
        if batch.is_empty() {
            return;
        }
        let deliveries: Vec<ReceiptHandle> = batch.iter().map(|(_, delivery)| (**delivery).clone()).collect();
        let asked_at = Instant::now();
        let answer = self.queue.extend(&deliveries, self.visibility_timeout);
        // A request that is not answered by then is asked again rather than waited for.
        let results = tokio::time::timeout(self.visibility_timeout / 6, answer).await.unwrap_or_else(|_| {
            let (queue, detail) = ("of the message".to_owned(), "no answer in time".to_owned());
            vec![Err(QueueError::Unavailable { queue, detail }); deliveries.len()]
        });
        for ((id, _), result) in batch.iter().zip(results) {
            self.note(*id, asked_at, result);
        }
    }

    fn note(&self, id: u64, asked_at: Instant, result: Result<(), QueueError>) {
        let mut all = self.held();
        // It may have ended meanwhile.
        let Some(held) = all.get_mut(&id) else { return };
        match result {
            Ok(()) => {
                self.metrics.lease_extended(LeaseExtension::Extended);
                held.deadline = asked_at + self.visibility_timeout;
                held.due = asked_at + self.visibility_timeout / 3;
            }
            Err(QueueError::DeliveryLost { detail }) => {
                self.metrics.lease_extended(LeaseExtension::Lost);
                warn!(detail, "lease of a message is lost, stopping its work");
                held.lost.cancel();
            }
            Err(error) => {
                self.metrics.lease_extended(LeaseExtension::Failed);
                warn!(%error, "lease of a message could not be extended, trying again");
                held.due = asked_at + self.visibility_timeout / 12;
            }
        }
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
        let delivery = Arc::clone(&self.delivery);
        drop(self);
        drop(delivery.lock().await);
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
mod tests {
    use async_trait::async_trait;

    use super::*;
    use crate::queue::{Message, QueueDepth, WhyParked};

    const TIMEOUT: Duration = Duration::from_secs(300);

    /// A queue that keeps one promise: it answers extensions with what the test says, and notes when they came.
    #[derive(Default)]
    struct ExtendingQueue {
        is_silent: std::sync::atomic::AtomicBool,
        answer: Mutex<Option<QueueError>>,
        extensions: Mutex<Vec<(Instant, usize)>>,
    }

    #[async_trait]
    impl MessageQueue for ExtendingQueue {
        async fn extend(&self, deliveries: &[ReceiptHandle], _: Duration) -> Vec<Result<(), QueueError>> {
            self.extensions.lock().unwrap().push((Instant::now(), deliveries.len()));
            if self.is_silent.load(Ordering::Relaxed) {
                std::future::pending::<()>().await;
            }
            let answer = self.answer.lock().unwrap().clone();
            vec![answer.map_or(Ok(()), Err); deliveries.len()]
        }
        async fn receive(&self, _: usize, _: Duration) -> Result<Vec<Message>, QueueError> {
            unreachable!()
        }
        async fn delete(&self, _: &ReceiptHandle) -> Result<(), QueueError> {
            unreachable!()
        }
        async fn release(&self, _: &ReceiptHandle, _: Duration) -> Result<(), QueueError> {
            unreachable!()
        }
        async fn park(&self, _: &Message, _: &WhyParked) -> Result<bool, QueueError> {
            unreachable!()
        }
        async fn depth(&self) -> Result<QueueDepth, QueueError> {
            unreachable!()
        }
        async fn send(&self, _: &str) -> Result<String, QueueError> {
            unreachable!()
        }
    }

    struct Running {
        queue: Arc<ExtendingQueue>,
        keeper: Arc<LeaseKeeper>,
        tasks: tokio::task::JoinSet<()>,
    }

    fn running(answer: Option<QueueError>) -> Running {
        let queue = Arc::new(ExtendingQueue { answer: Mutex::new(answer), ..ExtendingQueue::default() });
        let port: Arc<dyn MessageQueue> = Arc::<ExtendingQueue>::clone(&queue);
        let keeper = LeaseKeeper::new(port, Arc::new(Metrics::new()), TIMEOUT);
        let mut tasks = tokio::task::JoinSet::new();
        let task = Arc::clone(&keeper);
        tasks.spawn(async move { task.run(CancellationToken::new()).await });
        Running { queue, keeper, tasks }
    }

    fn delivery(name: &str) -> ReceiptHandle {
        ReceiptHandle(name.to_owned())
    }

    async fn is_lost_in_time(lease: &Lease) {
        tokio::time::timeout(TIMEOUT, lease.lost.cancelled()).await.expect("lost before the deadline");
    }

    #[tokio::test(start_paused = true)]
    async fn a_lease_is_extended_for_as_long_as_it_is_held() {
        let running = running(None);
        let lease = running.keeper.hold(delivery("a"));
        tokio::time::sleep(TIMEOUT * 4).await;
        assert!(!lease.lost.is_cancelled());
        lease.end().await;
        let extended = running.queue.extensions.lock().unwrap().len();
        assert!((11..=12).contains(&extended), "{extended} extensions in four timeouts");
        tokio::time::sleep(TIMEOUT * 4).await;
        assert_eq!(running.queue.extensions.lock().unwrap().len(), extended);
        drop(running.tasks);
    }

    #[tokio::test(start_paused = true)]
    async fn many_leases_are_extended_in_batches_of_ten() {
        let running = running(None);
        let leases: Vec<Lease> = (0..25).map(|n| running.keeper.hold(delivery(&n.to_string()))).collect();
        tokio::time::sleep(TIMEOUT / 2).await;
        let mut sizes: Vec<usize> =
            running.queue.extensions.lock().unwrap().iter().map(|(_, size)| *size).collect();
        sizes.sort_unstable();
        assert_eq!(sizes, [5, 10, 10]);
        drop(leases);
    }

    #[tokio::test(start_paused = true)]
    async fn a_lease_that_cannot_be_kept_is_lost_before_its_deadline() {
        let unavailable = QueueError::Unavailable { queue: "q".to_owned(), detail: "down".to_owned() };
        let running = running(Some(unavailable));
        let start = Instant::now();
        let lease = running.keeper.hold(delivery("a"));
        is_lost_in_time(&lease).await;
        let after = start.elapsed();
        assert!(after < TIMEOUT && after > TIMEOUT / 2, "lost after {after:?}");
        drop(running.tasks);
    }

    #[tokio::test(start_paused = true)]
    async fn a_queue_that_never_answers_does_not_keep_leases_from_being_given_up() {
        let running = running(None);
        running.queue.is_silent.store(true, Ordering::Relaxed);
        let start = Instant::now();
        let leases: Vec<Lease> = (0..31).map(|n| running.keeper.hold(delivery(&n.to_string()))).collect();
        for lease in &leases {
            is_lost_in_time(lease).await;
        }
        assert_eq!(start.elapsed().as_secs(), 270, "a tenth of the timeout before the deadline");
        let ending = Instant::now();
        for lease in leases {
            lease.end().await;
        }
        assert!(ending.elapsed() <= TIMEOUT / 6, "ending took {:?}", ending.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_lease_that_ends_as_its_extension_begins_is_not_extended() {
        let running = running(None);
        let lease = running.keeper.hold(delivery("a"));
        // As `Lease::end` holds it on another thread.
        let ending = Arc::clone(&lease.delivery).lock_owned().await;
        let ids = [lease.id];
        let end = async {
            drop(lease);
            drop(ending);
        };
        tokio::join!(running.keeper.extend_batch(&ids), end);
        assert!(running.queue.extensions.lock().unwrap().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_message_that_another_consumer_has_is_lost_at_once() {
        let running = running(Some(QueueError::DeliveryLost { detail: "expired".to_owned() }));
        let start = Instant::now();
        let lease = running.keeper.hold(delivery("a"));
        lease.lost.cancelled().await;
        assert!(start.elapsed() <= TIMEOUT / 3 + Duration::from_secs(1));
        drop(running.tasks);
    }
}
