//! Receives messages, never more than the daemon may hold, and hands each to a worker of its own.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::daemon::schedule::Ticket;
use crate::daemon::worker::Received;
use crate::daemon::{Daemon, queue_watch};
use crate::http::health::QueueUse;
use crate::queue::Message;

/// As many as SQS gives at once.
const BATCH: usize = 10;
/// How often a full hold, or a long outage, shows that the process is alive.
const BEAT: Duration = Duration::from_secs(30);
/// Longer than any poll that the queue answers.
const LONGEST_POLL: Duration = Duration::from_secs(15);
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Receives until `drain`, but not while the warehouse is down. Workers stop early when `abort` fires.
pub(super) async fn receive_until_drained(
    daemon: &Arc<Daemon>,
    workers: &TaskTracker,
    drain: &CancellationToken,
    abort: &CancellationToken,
) {
    let hold = Arc::new(Semaphore::new(daemon.settings.max_held_messages));
    let mut pause = FIRST_PAUSE;
    let mut tickets = (0..).map(Ticket);
    while !drain.is_cancelled() {
        daemon.health.progressed();
        let Some(places) = free_places(daemon, &hold, drain).await else { continue };
        // The poll is not dropped when a drain begins: SQS could hand out messages to a listener that is gone, and
        // hide them from everybody for the visibility timeout. What still comes is given back at once. Only a queue that
        // does not answer at all is not waited for.
        let received = tokio::select! {
            received = daemon.queue.receive(places.len(), daemon.settings.visibility_timeout) => received,
            () = async { abort.cancelled().await; tokio::time::sleep(LONGEST_POLL).await } => return,
        };
        match received {
            Ok(messages) => {
                queue_watch::note(daemon, QueueUse::Receive, Ok(()));
                pause = FIRST_PAUSE;
                let count = messages.len();
                start_workers(
                    daemon,
                    workers,
                    messages.into_iter().zip(&mut tickets).zip(places),
                    drain,
                    abort,
                );
                // Whoever sees them counted finds them in line.
                daemon.metrics.messages_received(count);
            }
            Err(error) => {
                queue_watch::note(daemon, QueueUse::Receive, Err(error));
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = drain.cancelled() => {}
                }
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}

/// Waits until the warehouse is up and at least one place is free, and takes up to a batch of them; `None` after a beat,
/// or when draining.
async fn free_places(
    daemon: &Daemon,
    hold: &Arc<Semaphore>,
    drain: &CancellationToken,
) -> Option<Vec<OwnedSemaphorePermit>> {
    let first = async {
        let place = Arc::clone(hold).acquire_owned().await.expect("the hold is never closed");
        daemon.warehouse.up().await;
        place
    };
    let first = tokio::select! {
        place = first => place,
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
    messages: impl Iterator<Item = ((Message, Ticket), OwnedSemaphorePermit)>,
    drain: &CancellationToken,
    abort: &CancellationToken,
) {
    for ((message, ticket), place) in messages {
        let received = Received::line_up(daemon, message, ticket);
        let daemon = Arc::clone(daemon);
        let (drain, abort) = (drain.clone(), abort.child_token());
        workers.spawn(async move {
            received.work(&daemon, &drain, &abort).await;
            drop(place);
        });
    }
}
