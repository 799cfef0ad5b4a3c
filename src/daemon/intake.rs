//! Receives messages, never more than the daemon may hold, and hands each to a worker of its own.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::daemon::hold::Hold;
use crate::daemon::schedule::Ticket;
use crate::daemon::state::reach::QueueUse;
use crate::daemon::worker::Received;
use crate::daemon::{Daemon, queue_watch};
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
    let hold = Hold::new(daemon.settings.max_held_messages);
    let mut pause = FIRST_PAUSE;
    let mut tickets = (0..).map(Ticket);
    while !drain.is_cancelled() {
        daemon.health.progressed();
        let Some(room) = room(daemon, &hold, drain).await else { continue };
        // The poll is not dropped when a drain begins: SQS could hand out messages to a listener that is gone, and
        // hide them from everybody for the visibility timeout. What still comes is given back at once. Only a queue that
        // does not answer at all is not waited for.
        let received = tokio::select! {
            received = daemon.queue.receive(room, daemon.settings.visibility_timeout) => received,
            () = async { abort.cancelled().await; tokio::time::sleep(LONGEST_POLL).await } => return,
        };
        match received {
            Ok(messages) => {
                queue_watch::note(daemon, QueueUse::Work, Ok(()));
                pause = FIRST_PAUSE;
                let count = messages.len();
                let messages = messages.into_iter().zip(&mut tickets);
                start_workers(daemon, workers, &hold, messages, drain, abort);
                // Whoever sees them counted finds them in line.
                daemon.metrics.messages_received(count);
            }
            Err(error) => {
                queue_watch::note(daemon, QueueUse::Work, Err(error));
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = drain.cancelled() => {}
                }
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}

/// Waits until the warehouse is up and there is room for at least one message, and says for how many, up to a batch;
/// `None` after a beat, or when draining.
async fn room(daemon: &Daemon, hold: &Hold, drain: &CancellationToken) -> Option<usize> {
    let room = async {
        daemon.warehouse.up().await;
        hold.room().await
    };
    tokio::select! {
        room = room => Some(room.min(BATCH)),
        () = tokio::time::sleep(BEAT) => None,
        () = drain.cancelled() => None,
    }
}

fn start_workers(
    daemon: &Arc<Daemon>,
    workers: &TaskTracker,
    hold: &Arc<Hold>,
    messages: impl Iterator<Item = (Message, Ticket)>,
    drain: &CancellationToken,
    abort: &CancellationToken,
) {
    for (message, ticket) in messages {
        let bytes = message.body.len();
        let received = Received::line_up(daemon, message, ticket);
        let place = hold.take(bytes, received.tables());
        let daemon = Arc::clone(daemon);
        let (drain, abort) = (drain.clone(), abort.child_token());
        workers.spawn(async move {
            received.work(&daemon, &drain, &abort).await;
            drop(place);
        });
    }
}
