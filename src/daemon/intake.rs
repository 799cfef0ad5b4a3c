//! Receives messages, never more than the daemon may hold, and hands each to a worker of its own.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{error, info};

use crate::daemon::{Daemon, worker};
use crate::queue::Message;

/// As many as SQS gives at once.
const BATCH: usize = 10;
/// How often a full hold shows that the process is alive.
const BEAT: Duration = Duration::from_secs(30);
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Receives until `drain`. Workers stop early when `abort` fires.
pub(super) async fn receive_until_drained(
    daemon: &Arc<Daemon>,
    workers: &TaskTracker,
    drain: &CancellationToken,
    abort: &CancellationToken,
) {
    let hold = Arc::new(Semaphore::new(daemon.settings.max_held_messages));
    let mut pause = FIRST_PAUSE;
    while !drain.is_cancelled() {
        daemon.health.progressed();
        let Some(places) = free_places(&hold, drain).await else { continue };
        // The poll is not dropped when a drain begins: SQS could hand out messages to a listener that is gone, and
        // hide them from everybody for the visibility timeout. What still comes is given back at once.
        match daemon.queue.receive(places.len(), daemon.settings.visibility_timeout).await {
            Ok(messages) => {
                if pause != FIRST_PAUSE {
                    info!("messages are received again");
                }
                pause = FIRST_PAUSE;
                daemon.metrics.messages_received(messages.len());
                start_workers(daemon, workers, messages, places, drain, abort);
            }
            Err(error) => {
                if pause == FIRST_PAUSE {
                    error!(%error, "messages cannot be received, trying again with growing pauses");
                }
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = drain.cancelled() => {}
                }
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}

/// Waits for at least one free place and takes up to a batch of them; `None` after a beat, or when draining.
async fn free_places(hold: &Arc<Semaphore>, drain: &CancellationToken) -> Option<Vec<OwnedSemaphorePermit>> {
    let first = tokio::select! {
        place = Arc::clone(hold).acquire_owned() => place.expect("the hold is never closed"),
        () = tokio::time::sleep(BEAT) => return None,
        () = drain.cancelled() => return None,
    };
    let mut places = vec![first];
    while places.len() < BATCH {
        let Ok(place) = Arc::clone(hold).try_acquire_owned() else { break };
        places.push(place);
    }
    Some(places)
}

fn start_workers(
    daemon: &Arc<Daemon>,
    workers: &TaskTracker,
    messages: Vec<Message>,
    places: Vec<OwnedSemaphorePermit>,
    drain: &CancellationToken,
    abort: &CancellationToken,
) {
    for (message, place) in messages.into_iter().zip(places) {
        let lease = daemon.leases.hold(message.receipt_handle.clone());
        let daemon = Arc::clone(daemon);
        let (drain, abort) = (drain.clone(), abort.child_token());
        workers.spawn(async move {
            worker::work(&daemon, message, lease, &drain, &abort).await;
            drop(place);
        });
    }
}
