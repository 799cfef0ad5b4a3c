//! Notices that wait to be sent: a bounded number, the oldest of which gives way, and nobody waits for them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use futures_util::future::join_all;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::config::ending;
use crate::notify::NoticeSink;
use crate::notify::notice::Notice;
use crate::telemetry::labels::NoticeResult;
use crate::telemetry::metrics::Metrics;
use crate::telemetry::once_a_minute::OnceAMinute;

/// Notices that wait at most. A hundred thousand messages may be settled within a minute of an outage of the topic.
const MOST: usize = 10_000;
/// Bytes of all of them: a sentence may be long.
const MOST_BYTES: usize = 16 << 20;

/// Within the SDK, what it repeats included.
pub const LONGEST_SEND: Duration = Duration::from_secs(10);
/// Between the tries of one notice. Others wait behind it meanwhile, as they would meet the same.
const PAUSES: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(25)];

pub(super) fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(3))
        .operation_attempt_timeout(LONGEST_SEND / 2)
        .operation_timeout(LONGEST_SEND)
        .build()
}

pub(super) fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(2)
}

/// Where notices are put; [`Outbox::send_until`] sends them.
pub struct Outbox {
    /// `None`: nobody listens.
    sink: Option<Arc<dyn NoticeSink>>,
    waiting: Mutex<Waiting>,
    /// One was put.
    came: Notify,
    /// Those that wait and those that are being sent.
    unsent: watch::Sender<usize>,
    metrics: Arc<Metrics>,
    failed: OnceAMinute<String>,
    dropped: OnceAMinute<()>,
}

#[derive(Default)]
struct Waiting {
    notices: VecDeque<Notice>,
    bytes: usize,
}

impl Outbox {
    pub fn new(sink: Option<Arc<dyn NoticeSink>>, metrics: Arc<Metrics>) -> Self {
        Self {
            sink,
            waiting: Mutex::default(),
            came: Notify::new(),
            unsent: watch::Sender::new(0),
            metrics,
            failed: OnceAMinute::new(|count, why| {
                warn!(
                    "notices could not be sent to NOTIFY_URL and are dropped: {count}, the last one as {why}"
                );
            }),
            dropped: OnceAMinute::new(|count, ()| {
                warn!("notices come faster than NOTIFY_URL takes them, and the oldest are dropped: {count}");
            }),
        }
    }

    /// Puts a notice behind the others; when there are too many, the oldest is dropped. Never waits.
    pub fn put(&self, notice: Notice) {
        if self.sink.is_none() {
            return;
        }
        let mut waiting = self.waiting();
        // Before anybody can take it: whoever sends it first counts it off.
        self.unsent.send_modify(|unsent| *unsent += 1);
        waiting.bytes += notice.body().len();
        waiting.notices.push_back(notice);
        let mut dropped = 0;
        while waiting.notices.len() > MOST || waiting.bytes > MOST_BYTES {
            if waiting.take().is_none() {
                break;
            }
            dropped += 1;
        }
        drop(waiting);
        self.unsent.send_modify(|unsent| *unsent -= dropped);
        if dropped > 0 {
            self.metrics.notices_ended(NoticeResult::Dropped, dropped);
            self.dropped.happened(u64::try_from(dropped).unwrap_or(u64::MAX), ());
        }
        self.came.notify_one();
    }

    /// Sends what is put until `stop`, and then what is left, for as long as a drain has for it.
    pub async fn send_until(&self, stop: &CancellationToken) {
        let Some(sink) = &self.sink else { return stop.cancelled().await };
        let senders = join_all((0..sink.at_once()).map(|_| self.send_all(sink.as_ref())));
        let rest = async {
            stop.cancelled().await;
            let mut unsent = self.unsent.subscribe();
            let sent = tokio::time::timeout(ending::NOTICES, unsent.wait_for(|unsent| *unsent == 0)).await;
            drop(sent);
        };
        tokio::select! {
            _ = senders => {}
            () = self.failed.tell_what_is_held_back() => {}
            () = self.dropped.tell_what_is_held_back() => {}
            () = rest => {}
        }
        let left = *self.unsent.borrow();
        if left > 0 {
            self.metrics.notices_ended(NoticeResult::Dropped, left);
            warn!("{left} notices were not sent before the daemon stopped, and are dropped");
        }
    }

    /// Never returns.
    async fn send_all(&self, sink: &dyn NoticeSink) {
        loop {
            let next = self.waiting().take();
            let Some(notice) = next else {
                self.came.notified().await;
                continue;
            };
            let result = match send(sink, &notice).await {
                Ok(()) => NoticeResult::Sent,
                Err(why) => {
                    self.failed.happened(1, why);
                    NoticeResult::Failed
                }
            };
            self.metrics.notices_ended(result, 1);
            self.unsent.send_modify(|unsent| *unsent -= 1);
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn take(&mut self) -> Option<Notice> {
        let notice = self.notices.pop_front()?;
        self.bytes -= notice.body().len();
        Some(notice)
    }
}

/// A few tries.
async fn send(sink: &dyn NoticeSink, notice: &Notice) -> Result<(), String> {
    for pause in PAUSES {
        if sink.send(notice).await.is_ok() {
            return Ok(());
        }
        tokio::time::sleep(pause).await;
    }
    sink.send(notice).await
}

#[cfg(test)]
mod tests;
