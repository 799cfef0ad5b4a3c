//! Settles a message once: outcome or failure to disposition, disposition to the queue, one log line, one set of
//! metrics. Only this file deletes, parks or releases.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::daemon::queue_watch::note_dead_letter_queue;
use crate::daemon::settlement::{Settlement, joined};
use crate::daemon::state::queue_state::QueueUse;
use crate::daemon::{Daemon, notices, settled_line};
use crate::failure::disposition::{Delivery, Disposition, disposition};
use crate::model::object::ObjectUri;
use crate::model::shown::shown_within;
use crate::queue::QueueError;
use crate::telemetry::log_line::LONGEST_FIELD;

/// How long a message is hidden that should be parked, where there is no dead-letter queue that takes it.
const PAUSE_WITHOUT_DEAD_LETTER_QUEUE: Duration = Duration::from_secs(15 * 60);

/// A message that the queue could not be told of.
pub(super) struct NotSettled {
    message_id: String,
    error: QueueError,
}

pub(super) fn could_not_be_settled(count: u64, NotSettled { message_id, error }: &NotSettled) {
    warn!(message.id = message_id, %error, "messages could not be settled and will be delivered again: {count}, such as this one");
}

/// A message that cannot be loaded and has to stay in the queue.
pub(super) struct NotParked {
    message_id: String,
    why: String,
}

pub(super) fn could_not_be_parked(count: u64, NotParked { message_id, why }: &NotParked) {
    warn!(
        message.id = message_id,
        "messages cannot be loaded and could not be parked, as {why}; they come again until they expire: {count}, such as this one"
    );
}

/// A message whose loads were put off.
pub(super) struct PutOff {
    message_id: String,
    tables: String,
    kinds: String,
    reason: String,
}

pub(super) fn went_back(count: u64, PutOff { message_id, tables, kinds, reason }: &PutOff) {
    info!(
        message.id = message_id,
        table = tables,
        kind = kinds,
        "messages went back to the queue for a while: {count}, such as this one: {reason}"
    );
}

pub(super) fn have_no_rule(count: u64, example: &ObjectUri) {
    let example = shown_within(&example.to_string(), LONGEST_FIELD);
    warn!(
        "files are not loaded, as no rule of ROUTES takes them: {count}, such as {example}; add a rule for them, or one that ignores them"
    );
}

/// Writes the log lines that messages had held back for a minute, until `stop`.
pub(super) async fn tell_what_is_held_back(daemon: &Daemon, stop: &CancellationToken) {
    tokio::select! {
        () = daemon.not_settled.tell_what_is_held_back() => {}
        () = daemon.not_parked.tell_what_is_held_back() => {}
        () = daemon.unrouted.tell_what_is_held_back() => {}
        () = daemon.put_off.tell_what_is_held_back() => {}
        () = stop.cancelled() => {}
    }
}

pub(super) async fn settle(daemon: &Daemon, settlement: Settlement) {
    let message = &settlement.message;
    let kinds = settlement.failures().map(|(_, failure)| failure.kind);
    let delivery = delivery(daemon, &settlement);
    let verdict = disposition(kinds, delivery);
    let settled = carry_out(daemon, &settlement, verdict).await;
    let carried_out = match &settled {
        Ok(carried_out) => *carried_out,
        // It will be delivered again, and what was loaded is found in the ledger.
        Err(_) => Disposition::Forget,
    };
    daemon.metrics.message_settled(carried_out);
    note(daemon, &settlement, delivery, carried_out);
    if let Err(error) = settled {
        daemon.not_settled.happened(1, NotSettled { message_id: message.id.clone(), error });
    }
}

/// Notes how loads ended that somebody has asked for by hand: no queue is to be told.
pub(super) fn note_by_hand(daemon: &Daemon, settlement: &Settlement) {
    note(daemon, settlement, delivery(daemon, settlement), Disposition::ByHand);
}

fn note(daemon: &Daemon, settlement: &Settlement, delivery: Delivery, carried_out: Disposition) {
    for (_, failure) in settlement.failures() {
        daemon.metrics.load_failed(failure);
    }
    daemon.failures.note(daemon, settlement, carried_out);
    daemon.drift.note(daemon, settlement);
    daemon.cuts.note(daemon, settlement);
    notices::note(daemon, settlement, delivery, carried_out);
    if settlement.is_put_off() {
        let put_off = PutOff {
            message_id: settlement.message.id.clone(),
            tables: joined(settlement.failed_tables()),
            kinds: settlement.failed_kinds(),
            reason: settlement.reason(),
        };
        daemon.put_off.happened(1, put_off);
    }
    settled_line::write(settlement, carried_out);
}

/// The age is zero for a message of unknown age, which is thus never given up.
fn delivery(daemon: &Daemon, settlement: &Settlement) -> Delivery {
    let message = &settlement.message;
    let now = (daemon.loader.now)();
    let age = message.first_received_at.map(|first| now.signed_duration_since(first));
    let age = age.and_then(|age| age.to_std().ok()).unwrap_or_default();
    // The same for the same delivery, whichever daemon asks; that is all the chance it needs.
    let mut hasher = DefaultHasher::new();
    (&message.id, message.receive_count).hash(&mut hasher);
    Delivery {
        receive_count: message.receive_count,
        tried_for: daemon.patience.tried_for(&message.id, age, settlement.failures(), Instant::now()),
        spread: hasher.finish(),
    }
}

/// Returns what was really done.
async fn carry_out(
    daemon: &Daemon,
    settlement: &Settlement,
    verdict: Disposition,
) -> Result<Disposition, QueueError> {
    let message = &settlement.message;
    let handle = &message.receipt_handle;
    match verdict {
        Disposition::Delete => daemon.queue.delete(handle).await?,
        Disposition::Retry { after } => daemon.queue.release(handle, after).await?,
        Disposition::Release => daemon.queue.release(handle, Duration::ZERO).await?,
        Disposition::Forget | Disposition::ByHand => {}
        Disposition::Park => {
            if !is_parked(daemon, settlement).await {
                let after = PAUSE_WITHOUT_DEAD_LETTER_QUEUE;
                daemon.queue.release(handle, after).await?;
                return Ok(Disposition::Retry { after });
            }
            daemon.queue.delete(handle).await?;
        }
    }
    Ok(verdict)
}

/// Puts a copy into the dead-letter queue, if there is one that takes it.
async fn is_parked(daemon: &Daemon, settlement: &Settlement) -> bool {
    let message = &settlement.message;
    let sent = daemon.queue.park(message, &settlement.parked_bodies(), &settlement.why_parked()).await;
    let is_parked = sent == Ok(true);
    let why = match &sent {
        Ok(true) => None,
        Ok(false) => Some("the queue has no dead-letter queue".to_owned()),
        Err(error @ (QueueError::Refused { .. } | QueueError::DeadLetterQueueUnknown { .. })) => {
            Some(error.to_string())
        }
        // The trouble of all messages, which is told once.
        Err(_) => None,
    };
    if let Some(why) = why {
        daemon.not_parked.happened(1, NotParked { message_id: message.id.clone(), why });
    }
    note_dead_letter_queue(daemon, QueueUse::Work, sent.map(drop));
    is_parked
}
