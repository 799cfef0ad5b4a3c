//! Runs a plan: the preparation step by step, then one transaction. It makes no choice of its own but to roll back, as the
//! plan's steps say.

mod prepare;
pub(crate) mod statement;
mod step;
mod copy;
mod files;
mod load_errors;
mod odd_file;
mod blockers;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::config::ending;
use crate::failure::{Failure, FailureKind, Stage};
use crate::plan::LoadPlan;
use crate::warehouse::redshift::connect::session::Session;
use crate::warehouse::redshift::run::copy::why_refused;
use crate::warehouse::redshift::run::prepare::prepare;
use crate::warehouse::redshift::run::statement::{NotCommitted, clean_up, run, unless_aborted};
use crate::warehouse::redshift::run::step::{Facts, MovedRows, stage_of, take};
use crate::warehouse::redshift::sql::catalog::ErrorsOf;
use crate::warehouse::redshift::sql::session::BEGIN;
use crate::warehouse::redshift::{Redshift, errors};
use crate::warehouse::{Committed, Execution};

pub(super) async fn execute(
    redshift: &Redshift,
    plan: &LoadPlan,
    abort: &CancellationToken,
) -> Result<Execution, Failure> {
    let lending = redshift.pool.session(Stage::Prepare);
    let mut session = unless_aborted(plan, Stage::Prepare, abort, lending).await?;
    match prepare(redshift, &mut session, plan, abort).await {
        Ok(Facts::Hold) => {}
        Ok(Facts::AreStale) => return Ok(Execution::Stale),
        Err(failure) => {
            clean_up(redshift, &mut session, Stage::Prepare).await;
            return Err(failure);
        }
    }
    match transaction(redshift, &mut session, plan, abort).await {
        Ok(Some(committed)) => Ok(Execution::Committed(committed)),
        Ok(None) => {
            clean_up(redshift, &mut session, Stage::Replace).await;
            Ok(Execution::Stale)
        }
        Err(NotCommitted::Unknown(failure)) => {
            // Without an answer it may have been lost on the way: then the transaction is open for ever.
            if session.is_unanswered() {
                clean_up(redshift, &mut session, Stage::Commit).await;
            }
            Err(failure)
        }
        Err(NotCommitted::Failed(failure)) => {
            clean_up(redshift, &mut session, Stage::Replace).await;
            Err(failure)
        }
        Err(NotCommitted::DataRejected(refused)) => {
            clean_up(redshift, &mut session, Stage::Replace).await;
            let of = ErrorsOf { session: session.process_id, since: session.opened_at };
            // The views know a failure by its session: the next one must not show this one's reasons.
            session.discard();
            drop(session);
            Err(why_refused(redshift, refused, plan, of, abort).await)
        }
    }
}

/// `None` when the facts turned out to be stale; the caller rolls back.
async fn transaction(
    redshift: &Redshift,
    session: &mut Session,
    plan: &LoadPlan,
    abort: &CancellationToken,
) -> Result<Option<Committed>, NotCommitted> {
    session.enters_transaction();
    run(session, "BEGIN", Stage::Replace, &BEGIN, abort).await?;
    let mut moved = MovedRows::default();
    let mut start = Instant::now();
    let mut steps = plan.transaction.iter().peekable();
    while let Some(step) = steps.next() {
        let stage = stage_of(step);
        match take(redshift, session, plan, step, &mut moved, abort).await? {
            Facts::Hold => {}
            Facts::AreStale => return Ok(None),
        }
        // A stage may have several steps, one after another.
        if steps.peek().is_none_or(|next| stage_of(next) != stage) {
            redshift.metrics.stage_ended(stage, start.elapsed());
            start = Instant::now();
        }
    }
    commit(redshift, session, plan, abort).await?;
    let MovedRows { copied, deleted, in_window } = moved;
    Ok(Some(Committed { rows: copied, rows_deleted: deleted, rows_in_window: Some(in_window) }))
}

/// COMMIT is not aborted any more: its answer is all that is left to wait for. Where a firewall has forgotten the
/// connection, nobody ever answers; once the load is to end, the answer has a little while to arrive.
async fn commit(
    redshift: &Redshift,
    session: &mut Session,
    plan: &LoadPlan,
    abort: &CancellationToken,
) -> Result<(), NotCommitted> {
    let start = Instant::now();
    let what = format!("COMMIT of the load of {}", plan.key.target);
    let answer = tokio::select! {
        biased;
        answer = session.commit() => answer,
        () = async { abort.cancelled().await; tokio::time::sleep(ending::COMMIT).await } => {
            let sentence = format!("{what} was not answered in time; the ledger knows whether it arrived");
            return Err(NotCommitted::Unknown(Failure::new(FailureKind::CommitUnknown, Stage::Commit, sentence)));
        }
    };
    match answer {
        Ok(()) => {
            redshift.metrics.stage_ended(Stage::Commit, start.elapsed());
            Ok(())
        }
        Err(error) => {
            let failure = errors::statement_failed(&what, Stage::Commit, &error);
            // Only a conflict is certain not to have committed: other errors were seen after a commit that went
            // through, and a lost connection tells nothing at all.
            Err(match failure.kind {
                FailureKind::Conflict => NotCommitted::Failed(failure),
                _ => NotCommitted::Unknown(Failure { kind: FailureKind::CommitUnknown, ..failure }),
            })
        }
    }
}
