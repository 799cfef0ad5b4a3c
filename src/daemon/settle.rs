//! Settles a message once: outcome or failure to disposition, disposition to the queue, one log line, one set of
//! metrics. Only this file deletes, parks or releases.

use std::time::Duration;

use tracing::{error, info, warn};

use crate::daemon::Daemon;
use crate::failure::Failure;
use crate::failure::disposition::{Disposition, disposition};
use crate::load::{LoadOutcome, LoadReport};
use crate::model::target_table::TargetTable;
use crate::plan::SkipReason;
use crate::queue::{Message, QueueError};

/// How long a message is hidden that should be parked, where there is no dead-letter queue to park it in.
const PAUSE_WITHOUT_DEAD_LETTER_QUEUE: Duration = Duration::from_secs(15 * 60);

/// All that is known about a message when its work has ended.
pub(super) struct Settlement {
    pub(super) message: Message,
    pub(super) results: Result<Vec<TableResult>, Failure>,
    pub(super) duration: Duration,
}

/// What became of one table of a message.
pub(super) struct TableResult {
    pub(super) target: TargetTable,
    pub(super) result: Result<LoadOutcome, Failure>,
}

pub(super) async fn settle(daemon: &Daemon, settlement: Settlement) {
    let Settlement { message, results, duration } = &settlement;
    let failures: Vec<&Failure> = match results {
        Ok(tables) => tables.iter().filter_map(|table| table.result.as_ref().err()).collect(),
        Err(failure) => vec![failure],
    };
    let verdict =
        disposition(failures.iter().map(|failure| failure.kind), message.receive_count, age(daemon, message));
    for failure in &failures {
        daemon.metrics.load_failed(failure);
    }
    let reason: Vec<String> = failures.iter().map(ToString::to_string).collect();
    let reason = reason.join("; ");
    let settled = carry_out(daemon, message, verdict, &reason).await;
    let carried_out = match &settled {
        Ok(carried_out) => *carried_out,
        // It will be delivered again, and what was loaded is found in the ledger.
        Err(_) => Disposition::Forget,
    };
    daemon.metrics.message_settled(carried_out);
    log(&settlement, carried_out, &reason, *duration);
    if let Err(error) = settled {
        warn!(message.id = message.id, %error, "message could not be settled and will be delivered again");
    }
}

/// Zero for a message of unknown age, which is thus never given up.
fn age(daemon: &Daemon, message: &Message) -> Duration {
    let now = (daemon.loader.now)();
    let age = message.first_received_at.map(|first| now.signed_duration_since(first));
    age.and_then(|age| age.to_std().ok()).unwrap_or_default()
}

/// Returns what was really done.
async fn carry_out(
    daemon: &Daemon,
    message: &Message,
    verdict: Disposition,
    reason: &str,
) -> Result<Disposition, QueueError> {
    let delivery = &message.receipt_handle;
    match verdict {
        Disposition::Delete => daemon.queue.delete(delivery).await?,
        Disposition::Retry { after } => daemon.queue.release(delivery, after).await?,
        Disposition::Release => daemon.queue.release(delivery, Duration::ZERO).await?,
        Disposition::Forget => {}
        Disposition::Park => {
            if !daemon.queue.park(message, reason).await? {
                warn!(
                    message.id = message.id,
                    "message cannot be loaded, and the queue has no dead-letter queue to park it in; it will come again until it expires"
                );
                let after = PAUSE_WITHOUT_DEAD_LETTER_QUEUE;
                daemon.queue.release(delivery, after).await?;
                return Ok(Disposition::Retry { after });
            }
        }
    }
    Ok(verdict)
}

/// One line a message, which reads alone and whose fields can be queried. Fields of several tables are separated by
/// commas, in the order of the tables.
fn log(settlement: &Settlement, disposition: Disposition, reason: &str, duration: Duration) {
    let Settlement { message, results, .. } = settlement;
    let tables = results.as_ref().map_or(&[][..], Vec::as_slice);
    let of_each =
        |describe: fn(&TableResult) -> String| tables.iter().map(describe).collect::<Vec<String>>().join(",");
    let table = of_each(|table| table.target.to_string());
    let load_id = of_each(|table| match &table.result {
        Ok(LoadOutcome::Loaded(LoadReport { load_id, .. }))
        | Ok(LoadOutcome::Skipped(
            SkipReason::AlreadyLoaded { load_id } | SkipReason::Superseded { load_id },
        )) => load_id.to_string(),
        _ => String::new(),
    });
    let source = of_each(|table| match &table.result {
        Ok(LoadOutcome::Loaded(report)) => report.source_url.to_string(),
        _ => String::new(),
    });
    let rows: u64 = tables
        .iter()
        .map(|table| match &table.result {
            Ok(LoadOutcome::Loaded(report)) => report.rows,
            _ => 0,
        })
        .sum();
    let duration_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let (id, label, receive_count) = (&message.id, disposition.label(), message.receive_count);
    let (kind, story) = (kinds(settlement), story(tables, reason));
    // The macro needs its level as a literal; the fields are the same at every level.
    macro_rules! settled {
        ($level:ident) => {
            $level!(message.id = %id, disposition = label, table, load.id = load_id, source, rows, duration_ms, receive_count, kind, "{story}")
        };
    }
    match disposition {
        _ if reason.is_empty() => settled!(info),
        // Nothing is wrong with the message: another delivery follows.
        Disposition::Release => settled!(info),
        Disposition::Retry { .. } | Disposition::Forget => settled!(warn),
        // Somebody must act.
        Disposition::Park | Disposition::Delete => settled!(error),
    }
}

fn story(tables: &[TableResult], reason: &str) -> String {
    if tables.is_empty() {
        return format!("message is not a load message: {reason}");
    }
    let of_table = |table: &TableResult| match &table.result {
        Ok(LoadOutcome::Loaded(report)) => format!("loaded {} rows into {}", report.rows, table.target),
        Ok(LoadOutcome::Skipped(reason)) => format!("skipped {}: {reason}", table.target),
        Err(failure) => failure.to_string(),
    };
    tables.iter().map(of_table).collect::<Vec<String>>().join("; ")
}

fn kinds(settlement: &Settlement) -> String {
    let kinds: Vec<&str> = match &settlement.results {
        Err(failure) => vec![failure.kind.label()],
        Ok(tables) => tables
            .iter()
            .map(|table| table.result.as_ref().err().map_or("", |failure| failure.kind.label()))
            .collect(),
    };
    kinds.join(",")
}
