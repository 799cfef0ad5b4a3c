//! Verdicts on the queue and its dead-letter queue.

use std::time::Duration;

use humantime::format_duration;

use crate::preflight::Finding;
use crate::queue::{QueueDepth, QueueError, QueueSetup};

/// SQS takes a message back after this time, however often it is extended.
const LONGEST_HOLD: Duration = Duration::from_secs(12 * 60 * 60);
/// A third of it is left for an extension that SQS answers late.
const SHORT_VISIBILITY: Duration = Duration::from_secs(30);
/// A pause of a week costs the messages that cannot be held some forty deliveries.
const FEW_DELIVERIES: u32 = 50;

/// The queue's address, kind and messages.
pub fn queue(setup: &QueueSetup, depth: Result<QueueDepth, QueueError>) -> Finding {
    let kind = if setup.is_fifo { "a FIFO queue" } else { "a standard queue" };
    match depth {
        Ok(QueueDepth { visible, in_flight, delayed }) => Finding::ok(
            "queue",
            format!(
                "{} is {kind} with {visible} messages, {in_flight} more in flight and {delayed} delayed",
                setup.url
            ),
        ),
        Err(error) => Finding::failed("queue", &error),
    }
}

/// Our visibility timeout, which counts in place of the queue's own.
pub fn visibility_timeout(visibility: Duration, load_timeout: Duration) -> Finding {
    let check = "visibility_timeout";
    if load_timeout >= LONGEST_HOLD {
        return Finding::warning(
            check,
            format!(
                "LOAD_TIMEOUT is {}, and SQS lets nobody hold a message for more than 12h: a longer load is given up then; set \
                 it to less than 12h",
                format_duration(load_timeout)
            ),
        );
    }
    if visibility < SHORT_VISIBILITY {
        return Finding::warning(
            check,
            format!(
                "VISIBILITY_TIMEOUT is {}: one late answer of SQS, and a message is delivered again while its load runs; set \
                 it to 30s or more",
                format_duration(visibility)
            ),
        );
    }
    let sentence = format!(
        "each message is hidden for {} and that is extended while its load runs, whatever the queue's own timeout is",
        format_duration(visibility)
    );
    Finding::ok(check, sentence)
}

/// How often SQS delivers a message before it takes it away.
pub fn redrive_policy(setup: &QueueSetup, has_dead_letter_queue: bool) -> Finding {
    let check = "redrive_policy";
    match setup.max_receive_count {
        Some(count) if count < FEW_DELIVERIES => Finding::warning(
            check,
            format!(
                "maxReceiveCount is {count}: SQS itself parks messages that an outage or the pause of a table has had delivered so \
                 often, without a reason; set it to {FEW_DELIVERIES}"
            ),
        ),
        Some(count) => Finding::ok(check, format!("SQS parks a message after {count} deliveries")),
        None if has_dead_letter_queue => Finding::ok(
            check,
            "there is none: only the daemon parks messages, in the queue of DEAD_LETTER_QUEUE_URL".to_owned(),
        ),
        None => Finding::warning(
            check,
            format!(
                "{} has none, and DEAD_LETTER_QUEUE_URL is not set: messages that can never be loaded are tried every 15 \
                 minutes until they expire; create a dead-letter queue and a redrive policy",
                setup.url
            ),
        ),
    }
}

/// The dead-letter queue, which is there.
pub fn dead_letter_queue(setup: &QueueSetup, dead: &QueueSetup, messages: Option<i64>) -> Finding {
    let check = "dead_letter_queue";
    if let (Some(queue), Some(kept)) = (setup.retention, dead.retention)
        && kept < queue
    {
        return Finding::warning(
            check,
            format!(
                "{} keeps messages for {}, the queue for {}: what SQS parks late is gone at once; set its \
                 MessageRetentionPeriod to 14 days",
                dead.url,
                format_duration(kept),
                format_duration(queue)
            ),
        );
    }
    let messages = match messages {
        None | Some(0) => "no messages".to_owned(),
        Some(count) => format!("{count} messages; `s3-to-redshift dead-letters list` says why"),
    };
    Finding::ok(check, format!("{} has {messages}", dead.url))
}

/// Whether messages can be parked there. It was sent one without a body; true when it has taken that.
pub fn parking(dead: &QueueSetup, tried: Result<bool, QueueError>) -> Finding {
    let check = "parking";
    let url = &dead.url;
    match tried {
        Ok(false) => Finding::ok(
            check,
            format!(
                "{url} refused a message for having no body, and not for being ours; that it takes one with a body, only parking tells"
            ),
        ),
        Ok(true) => Finding::warning(
            check,
            format!(
                "{url} took a message without a body, which SQS does not: it is a stand-in, and there is a message in it that `check` has left; delete it"
            ),
        ),
        Err(error) => Finding::failed(check, &error),
    }
}
