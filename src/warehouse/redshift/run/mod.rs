//! Runs a plan: the preparation step by step, then one transaction. It makes no choice of its own but to roll back, as the
//! plan's steps say.

mod action;
mod statement;
mod prepare;
pub(super) mod data_check;
mod step;
mod files;
mod merge;
mod authorize;
mod copy;
mod cuts;
mod skipped;
mod own_sql;
mod load_errors;
mod odd_file;
mod outside;
pub(crate) mod blockers;
mod clean_up;
pub(super) mod after;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::config::ending;
use crate::failure::load_error::LoadError;
use crate::failure::{Failure, FailureKind, Stage};
use crate::plan::LoadPlan;
use crate::warehouse::redshift::connect::pool::Lent;
use crate::warehouse::redshift::connect::session::Session;
use crate::warehouse::redshift::sql::catalog::ErrorsOf;
use crate::warehouse::redshift::sql::ledger::rows::MovedRows;
use crate::warehouse::redshift::{Redshift, errors};
use crate::warehouse::{Committed, Execution};

use action::{Action, stage_of};
use clean_up::clean_up;
use copy::why_refused;
use prepare::prepare;
use statement::{NotCommitted, perform, unless_aborted};
use step::{Facts, SoFar, take};

/// One run of a plan.
#[derive(Clone, Copy)]
pub(super) struct Run<'a> {
    pub(super) redshift: &'a Redshift,
    pub(super) plan: &'a LoadPlan,
    pub(super) abort: &'a CancellationToken,
}

/// What a run of the plan does, in order, for people.
pub(super) fn statements(redshift: &Redshift, plan: &LoadPlan) -> Vec<String> {
    action::of_plan(redshift, plan).iter().map(Action::to_show).collect()
}

pub(super) async fn execute(
    redshift: &Redshift,
    plan: &LoadPlan,
    abort: &CancellationToken,
) -> Result<Execution, Failure> {
    let run = Run { redshift, plan, abort };
    let lending = redshift.pool.session(Stage::Prepare);
    let mut session = unless_aborted(run, Stage::Prepare, lending).await?;
    match prepare_and_commit(run, &mut session).await {
        Ok(Some(committed)) if committed.cuts.skipped > 0 => {
            let skipped_rows = skipped_rows(run, session).await;
            Ok(Execution::Committed(Committed { skipped_rows, ..committed }))
        }
        Ok(Some(committed)) => Ok(Execution::Committed(committed)),
        Ok(None) => {
            clean_up(redshift, &mut session).await;
            Ok(Execution::Stale)
        }
        Err(NotCommitted::Unknown(failure)) => {
            // Without an answer it may have been lost on the way: then the transaction is open for ever.
            if session.is_unanswered() {
                clean_up(redshift, &mut session).await;
            }
            Err(failure)
        }
        Err(NotCommitted::Failed(failure)) => {
            clean_up(redshift, &mut session).await;
            Err(failure)
        }
        Err(NotCommitted::TooManySkipped(failure)) => {
            clean_up(redshift, &mut session).await;
            Err(Failure { load_errors: skipped_rows(run, session).await, ..failure })
        }
        Err(NotCommitted::RowsOutside(outside)) => {
            // First of all the lock: nobody needs to wait while the file is copied once more.
            clean_up(redshift, &mut session).await;
            let refusal = outside::refusal(run, &mut session, &outside).await;
            clean_up(redshift, &mut session).await;
            Err(refusal)
        }
        Err(NotCommitted::DataRejected(refused)) => {
            clean_up(redshift, &mut session).await;
            let of = errors_of(session);
            Err(why_refused(run, refused, of).await)
        }
    }
}

/// The views know a failure by its session: the next one must not show this one's reasons, so it is let go.
fn errors_of(mut session: Lent<'_>) -> ErrorsOf {
    session.discard();
    ErrorsOf { session: session.process_id, since: session.opened_at }
}

async fn skipped_rows(run: Run<'_>, session: Lent<'_>) -> Vec<LoadError> {
    let of = errors_of(session);
    skipped::first_of(run, of).await
}

/// `None` when the facts turned out to be stale; the caller cleans up.
async fn prepare_and_commit(run: Run<'_>, session: &mut Session) -> Result<Option<Committed>, NotCommitted> {
    if prepare(run, session).await? == Facts::AreStale {
        return Ok(None);
    }
    session.enters_transaction();
    let begin = Action::begin();
    run.redshift.progress.does(&run.plan.key.target, &begin.to_show());
    perform(run, session, &begin).await?;
    let mut so_far = SoFar::default();
    let mut start = Instant::now();
    let mut steps = run.plan.transaction.iter().peekable();
    while let Some(step) = steps.next() {
        run.redshift.progress.enters(&run.plan.key.target, stage_of(step));
        if take(run, session, step, &mut so_far).await? == Facts::AreStale {
            return Ok(None);
        }
        // A stage may have several steps, one after another.
        let stage = stage_of(step);
        if steps.peek().is_none_or(|next| stage_of(next) != stage) {
            run.redshift.metrics.stage_ended(stage, start.elapsed());
            start = Instant::now();
        }
    }
    commit(run, session).await?;
    let MovedRows { loaded, deleted, in_window, duplicate, outdated, beyond_keys, .. } = so_far.moved;
    Ok(Some(Committed {
        rows: loaded,
        rows_deleted: deleted,
        rows_in_window: in_window,
        rows_duplicate: duplicate.unwrap_or_default(),
        rows_outdated: outdated.unwrap_or_default(),
        rows_beyond_keys: beyond_keys.unwrap_or_default(),
        cuts: so_far.cuts,
        skipped_rows: Vec::new(),
    }))
}

/// COMMIT is not aborted any more: its answer is all that is left to wait for. Where a firewall has forgotten the
/// connection, nobody ever answers; once the load is to end, the answer has a little while to arrive.
async fn commit(run: Run<'_>, session: &mut Session) -> Result<(), NotCommitted> {
    let start = Instant::now();
    let action = Action::commit(run.plan);
    run.redshift.progress.does(&run.plan.key.target, &action.to_show());
    let Action { what, stage, .. } = action;
    run.redshift.progress.enters(&run.plan.key.target, stage);
    let answer = tokio::select! {
        biased;
        answer = session.commit() => answer,
        () = async { run.abort.cancelled().await; tokio::time::sleep(ending::COMMIT).await } => {
            let sentence = format!("{what} was not answered in time; the ledger knows whether it arrived");
            return Err(NotCommitted::Unknown(Failure::new(FailureKind::CommitUnknown, stage, sentence)));
        }
    };
    match answer {
        Ok(()) => {
            run.redshift.metrics.stage_ended(stage, start.elapsed());
            Ok(())
        }
        Err(error) => {
            let failure = errors::statement_failed(&what, stage, &error);
            // Only a conflict is certain not to have committed: other errors were seen after a commit that went
            // through, and a lost connection tells nothing at all.
            Err(match failure.kind {
                FailureKind::Conflict => NotCommitted::Failed(failure),
                _ => NotCommitted::Unknown(Failure { kind: FailureKind::CommitUnknown, ..failure }),
            })
        }
    }
}
