//! Asks the queue from time to time how many messages it has, for the metrics that only it can tell.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::daemon::Daemon;
use crate::daemon::state::health::QueueUse;
use crate::queue::QueueError;
use crate::telemetry::labels::MessageState;

const EVERY: Duration = Duration::from_secs(15);

/// Asks until `stop`.
pub(super) async fn run(daemon: &Daemon, stop: &CancellationToken) {
    loop {
        let depth = tokio::select! {
            depth = daemon.queue.depth() => depth,
            () = stop.cancelled() => return,
        };
        if let Ok(depth) = &depth {
            daemon.metrics.messages_are(MessageState::Visible, depth.visible);
            daemon.metrics.messages_are(MessageState::InFlight, depth.in_flight);
            daemon.metrics.messages_are(MessageState::Delayed, depth.delayed);
            if let Some(dead) = depth.dead {
                daemon.metrics.messages_are(MessageState::Dead, dead);
            }
        }
        note(daemon, QueueUse::Count, depth.map(drop));
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// Notes whether the queue could be used. One log line for each change, whichever request met it first.
pub(super) fn note(daemon: &Daemon, queue_use: QueueUse, result: Result<(), QueueError>) {
    let has_changed =
        daemon.health.queue_is(queue_use, result.as_ref().map_err(ToString::to_string).copied());
    match result {
        Ok(()) if has_changed => info!("queue is reached"),
        Err(error) if has_changed => warn!(%error, "queue cannot be used, trying again with growing pauses"),
        _ => {}
    }
}
