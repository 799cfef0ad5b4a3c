//! Receives messages, never more than the daemon may hold, and hands each to a worker of its own.
//!
//! Its long polls are the shortest that SQS has, a second. SQS gives messages to a poll whose listener has gone, and hides them
//! for the visibility timeout; so an open poll is waited for when the daemon is to stop, and only then is anything given back,
//! which the poll would receive again. An idle daemon ends within about a second all the same. It costs a request a second, about a
//! dollar a month; without any wait (a short poll) SQS would ask only some of its servers, and find a lone message late.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{Instrument, warn};

use crate::config::ending;
use crate::daemon::hold::{Hold, weight};
use crate::daemon::schedule::Ticket;
use crate::daemon::shutdown::Shutdown;
use crate::daemon::state::queue_state::QueueUse;
use crate::daemon::worker::Received;
use crate::daemon::{Daemon, queue_watch};
use crate::queue::{LONG_POLL, Message};
use crate::telemetry::panics;

/// As many as SQS gives at once.
const BATCH: usize = 10;
/// How often a full hold, or a long outage, shows that the process is alive.
const BEAT: Duration = Duration::from_secs(30);
/// Between polls, while the queue cannot be used.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Receives until the drain, but not while the warehouse is down or no load may start. When it returns, no poll is open any more, which
/// `daemon.has_received_last` tells.
pub(super) async fn receive_until_drained(daemon: &Arc<Daemon>, workers: &TaskTracker, shutdown: &Shutdown) {
    let drain = shutdown.draining();
    // However it ends.
    let _tells = daemon.has_received_last.clone().drop_guard();
    let hold = Hold::new(daemon.settings.max_held_messages);
    let mut rest = Duration::ZERO;
    let mut tickets = (0..).map(Ticket::of_message);
    while !drain.is_cancelled() {
        daemon.health.progressed();
        let Some(room) = room(daemon, &hold, drain).await else { continue };
        let asked = Instant::now();
        let received = tokio::select! {
            received = daemon.queue.receive(room, daemon.settings.visibility_timeout) => received,
            () = is_not_answered(drain) => {
                warn!("queue did not answer before the daemon stopped; what it may have handed out comes again after VISIBILITY_TIMEOUT");
                return;
            }
        };
        rest = match &received {
            // Nothing, for a queue that has waited.
            Ok(messages) if messages.is_empty() => LONG_POLL.saturating_sub(asked.elapsed()),
            Ok(_) => Duration::ZERO,
            Err(_) => (rest * 2).clamp(SHORTEST_PAUSE, LONGEST_PAUSE),
        };
        let received = received.map(|messages| {
            let count = messages.len();
            let messages = messages.into_iter().zip(&mut tickets);
            start_workers(daemon, workers, &hold, messages, shutdown);
            // Whoever sees them counted finds them in line.
            daemon.metrics.messages_received(count);
        });
        queue_watch::note(daemon, QueueUse::Work, received);
        tokio::select! {
            () = tokio::time::sleep(rest) => {}
            () = drain.cancelled() => {}
        }
    }
}

/// Returns when a drain has waited for the answer of the queue for longer than any poll lasts.
async fn is_not_answered(drain: &CancellationToken) {
    drain.cancelled().await;
    tokio::time::sleep(ending::LAST_POLL).await;
}

/// Waits until the warehouse is up, some load may start, and there is room for at least one message, and says for how many, up to a batch;
/// `None` after a beat, or when draining.
async fn room(daemon: &Daemon, hold: &Hold, drain: &CancellationToken) -> Option<usize> {
    let room = async {
        daemon.warehouse.up().await;
        daemon.gate.open().await;
        if let Some(most) = hold.most_of_a_table() {
            daemon.lanes.give_back_beyond(most);
        }
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
    shutdown: &Shutdown,
) {
    for (message, ticket) in messages {
        let received = Received::line_up(daemon, message, ticket);
        let taken = hold.take(weight(received.announces_files()), received.bytes(), received.tables());
        let daemon = Arc::clone(daemon);
        // A lost lease stops the loads of one message.
        let (drain, abort) = (shutdown.draining().clone(), shutdown.aborting().child_token());
        workers.spawn(async move {
            let span = received.span();
            let work = received.work(&daemon, &drain, &abort).instrument(span);
            // The loads' panics are failures that were settled. Whatever else ends the work leaves the message to the queue,
            // which delivers it again.
            panics::caught(&daemon.metrics, Box::pin(work)).await.ok();
            drop(taken);
        });
    }
}
