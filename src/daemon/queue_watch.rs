//! Asks the queues from time to time how many messages they have, for the metrics that only they can tell.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::daemon::Daemon;
use crate::daemon::state::queue_state::QueueUse;
use crate::queue::QueueError;
use crate::telemetry::labels::MessageState;

const EVERY: Duration = Duration::from_secs(15);
/// The dead-letter queue may be in another account, behind other rights. What it does not answer must not hold up the
/// rest.
const LONGEST_ANSWER: Duration = Duration::from_secs(10);

/// Asks until `stop`.
pub(super) async fn run(daemon: &Daemon, stop: &CancellationToken) {
    let asking = async {
        loop {
            ask(daemon).await;
            tokio::time::sleep(EVERY).await;
        }
    };
    tokio::select! {
        () = asking => {}
        () = stop.cancelled() => {}
    }
}

async fn ask(daemon: &Daemon) {
    let depth = daemon.queue.depth().await;
    if let Ok(depth) = &depth {
        daemon.metrics.messages_are(MessageState::Visible, depth.visible);
        daemon.metrics.messages_are(MessageState::InFlight, depth.in_flight);
        daemon.metrics.messages_are(MessageState::Delayed, depth.delayed);
    }
    daemon.counts.queue_has(depth.as_ref().ok());
    let is_reached = depth.is_ok();
    note(daemon, QueueUse::Count, depth.map(drop));
    // Otherwise there is one trouble, and it has its line.
    if is_reached {
        ask_dead_letter_queue(daemon).await;
    }
}

async fn ask_dead_letter_queue(daemon: &Daemon) {
    let answer = tokio::time::timeout(LONGEST_ANSWER, daemon.queue.dead_letters()).await;
    let dead = answer.unwrap_or(Err(QueueError::NoAnswer {
        within: LONGEST_ANSWER,
        asked_to: "count the messages of its dead-letter queue",
    }));
    daemon.counts.dead_letters_are(dead.as_ref().ok().copied().flatten());
    match dead {
        Ok(Some(count)) => daemon.metrics.messages_are(MessageState::Dead, count),
        Ok(None) | Err(_) => daemon.metrics.messages_are_unknown(MessageState::Dead),
    }
    note_dead_letter_queue(daemon, QueueUse::Count, dead.map(drop));
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

/// The same of the dead-letter queue, without which loads go on; as far as the result tells anything of it.
pub(super) fn note_dead_letter_queue(daemon: &Daemon, queue_use: QueueUse, result: Result<(), QueueError>) {
    let (queue_use, result) = match result {
        // It has answered: what it does not take is this one message.
        Err(QueueError::Refused { .. }) => (queue_use, Ok(())),
        // Of the queue itself, which has lines of its own.
        Err(QueueError::DeadLetterQueueUnknown { .. }) => return,
        // It may have been this one request. The next count, in some seconds, says more than the next message that is to be
        // parked, which may come in an hour.
        Err(error @ (QueueError::Unavailable { .. } | QueueError::NoAnswer { .. })) => {
            (QueueUse::Count, Err(error))
        }
        result => (queue_use, result),
    };
    let has_changed =
        daemon.health.dead_letter_queue_is(queue_use, result.as_ref().map_err(ToString::to_string).copied());
    daemon.metrics.dead_letter_queue_is_up(daemon.health.dead_letter_queue_obstacle().is_none());
    match result {
        Ok(()) if has_changed => info!("dead-letter queue can be used again"),
        Err(error) if has_changed => warn!(
            %error,
            "dead-letter queue cannot be used: loads go on, and what should be parked is tried again every 15 minutes"
        ),
        _ => {}
    }
}
