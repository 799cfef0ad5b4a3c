//! One message from delivery to settlement.

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use crate::daemon::Daemon;
use crate::daemon::settle::{Settlement, TableResult, settle};
use crate::failure::{Failure, FailureKind, Stage};
use crate::load::TableWish;
use crate::queue::Message;
use crate::queue::lease::Lease;
use crate::request::decode::decode;

/// Works on a message and settles it, whatever happens. Firing `abort` stops its loads.
pub(super) async fn work(
    daemon: &Daemon,
    message: Message,
    lease: Lease,
    drain: &CancellationToken,
    abort: &CancellationToken,
) {
    let start = Instant::now();
    let span = tracing::info_span!("message", message.id = %message.id);
    let results = results(daemon, &message, &lease, drain, abort).instrument(span).await;
    // From here on no heartbeat may undo what the settlement says.
    lease.end().await;
    settle(daemon, Settlement { message, results, duration: start.elapsed() }).await;
}

/// `Err` when the message itself cannot be understood.
async fn results(
    daemon: &Daemon,
    message: &Message,
    lease: &Lease,
    drain: &CancellationToken,
    abort: &CancellationToken,
) -> Result<Vec<TableResult>, Failure> {
    let request = decode(&message.body)
        .map_err(|invalid| Failure::new(FailureKind::InvalidRequest, Stage::Decode, invalid.to_string()))?;
    let wishes = TableWish::all_of(&request, &message.id);
    let loads = wishes.iter().map(|wish| load_in_turn(daemon, wish, drain, abort));
    let mut loads = Box::pin(futures_util::future::join_all(loads));
    let results = tokio::select! {
        results = &mut loads => results,
        () = lease.lost.cancelled() => {
            // The loads are told to stop and awaited: only they can cancel their queries and roll back.
            abort.cancel();
            loads.await.into_iter().map(lost).collect()
        }
    };
    Ok(results)
}

/// Once the lease is lost, the message may be somebody else's, and no verdict but a finished load may be carried out.
fn lost(mut result: TableResult) -> TableResult {
    if let Err(failure) = &mut result.result {
        failure.kind = FailureKind::LeaseLost;
        failure.sentence = format!("{}; the lease of its message was lost", failure.sentence);
    }
    result
}

async fn load_in_turn(
    daemon: &Daemon,
    wish: &TableWish,
    drain: &CancellationToken,
    abort: &CancellationToken,
) -> TableResult {
    let turn = tokio::select! {
        biased;
        () = drain.cancelled() => None,
        () = abort.cancelled() => None,
        turn = daemon.lanes.turn(&wish.target) => Some(turn),
    };
    let result = match turn {
        Some(_turn) => daemon.loader.load(wish, abort).await,
        None => {
            let sentence = format!("the load of {} was not started", wish.target);
            Err(Failure::new(FailureKind::Aborted, Stage::Wait, sentence))
        }
    };
    TableResult { target: wish.target.clone(), result }
}
