//! Receives messages, never more than the daemon may hold, and hands each to a worker of its own.
//!
//! An idle daemon has one poll open; while polls bring most of what they ask for, it has up to a dozen ([`Polls`]), so that what waits
//! behind ten thousand messages of one table is found within two seconds. Room in the hold is reserved for what open polls may bring.
//!
//! Its long polls are the shortest that SQS has, a second. SQS gives messages to a poll whose listener has gone, and hides them
//! for the visibility timeout; so every open poll is waited for when the daemon is to stop, and only then is anything given back,
//! which a poll would receive again. An idle daemon ends within about a second all the same. It costs a request a second, about a
//! dollar a month; without any wait (a short poll) SQS would ask only some of its servers, and find a lone message late.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::time::Instant;
use tokio_util::task::TaskTracker;
use tracing::{Instrument, warn};

use crate::config::ending;
use crate::daemon::hold::{Hold, Reserved};
use crate::daemon::polls::{Answer, BATCH, Polls};
use crate::daemon::schedule::Ticket;
use crate::daemon::shutdown::Shutdown;
use crate::daemon::state::queue_state::QueueUse;
use crate::daemon::worker::Received;
use crate::daemon::{Daemon, queue_watch};
use crate::queue::{Message, QueueError};
use crate::telemetry::panics;

/// How often a full hold, or a long outage, shows that the process is alive.
const BEAT: Duration = Duration::from_secs(30);

/// Receives until the drain, but not while the warehouse is down or no load may start. When it returns, no poll is open any more, which
/// `daemon.has_received_last` tells.
pub(super) async fn receive_until_drained(daemon: &Arc<Daemon>, workers: &TaskTracker, shutdown: &Shutdown) {
    let drain = shutdown.draining();
    // However it ends.
    let _tells = daemon.has_received_last.clone().drop_guard();
    let hold = Hold::new(daemon.settings.max_held_messages);
    let mut polls = Polls::new(Instant::now());
    let mut open = FuturesUnordered::new();
    let handle = |answered: Answered, polls: &mut Polls| {
        let Answered { asked_at, reserved, received } = answered;
        let answer = received
            .as_ref()
            .map_or(Answer::Error, |messages| Answer::with(messages.len(), reserved.count()));
        polls.answered(answer, asked_at, Instant::now());
        drop(reserved);
        let received = received.map(|messages| {
            let count = messages.len();
            let messages = messages.into_iter().map(|message| (message, daemon.tickets.next()));
            start_workers(daemon, workers, &hold, messages, shutdown);
            // Whoever sees them counted finds them in line.
            daemon.metrics.messages_received(count);
        });
        queue_watch::note(daemon, QueueUse::Work, received);
    };
    while !drain.is_cancelled() {
        daemon.health.progressed();
        tokio::select! {
            biased;
            () = drain.cancelled() => {}
            Some(answered) = open.next() => handle(answered, &mut polls),
            reserved = room(daemon, &hold, polls.next_at()) => {
                polls.opened();
                open.push(poll(daemon, reserved));
            }
            () = tokio::time::sleep(BEAT) => {}
        }
    }
    let all_answered = async {
        while let Some(answered) = open.next().await {
            handle(answered, &mut polls);
        }
    };
    if tokio::time::timeout(ending::LAST_POLL, all_answered).await.is_err() {
        warn!(
            "queue did not answer before the daemon stopped; what it may have handed out comes again after VISIBILITY_TIMEOUT"
        );
    }
}

/// A poll that is open no more.
struct Answered {
    asked_at: Instant,
    /// The room that was kept for the answer.
    reserved: Reserved,
    received: Result<Vec<Message>, QueueError>,
}

async fn poll(daemon: &Daemon, reserved: Reserved) -> Answered {
    let asked_at = Instant::now();
    let received = daemon.queue.receive(reserved.count(), daemon.settings.visibility_timeout).await;
    Answered { asked_at, reserved, received }
}

/// Waits until the next poll may be asked, the warehouse is up, some load may start, and there is room for at least one message, and
/// reserves room for up to a batch.
async fn room(daemon: &Daemon, hold: &Arc<Hold>, next_at: Option<Instant>) -> Reserved {
    match next_at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
    daemon.warehouse.up().await;
    daemon.gate.open().await;
    if let Some(total) = hold.crowded_to() {
        daemon.lanes.give_back_beyond(total);
    }
    hold.reserve(BATCH).await
}

fn start_workers(
    daemon: &Arc<Daemon>,
    workers: &TaskTracker,
    hold: &Arc<Hold>,
    messages: impl Iterator<Item = (Message, Ticket)>,
    shutdown: &Shutdown,
) {
    let (measure, mut heaviest) = (hold.measure(), None);
    for (message, ticket) in messages {
        let received = Received::line_up(daemon, message, ticket, measure);
        heaviest = heaviest.max(Some(measure.weight(received.size())));
        let taken = hold.take(received.size());
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
    if let Some(heaviest) = heaviest {
        hold.learn(heaviest);
    }
}
