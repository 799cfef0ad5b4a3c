//! Runs a plan: the preparation step by step, then one transaction. It makes no choice of its own but to roll back, which
//! the plan's steps tell it to do when its facts are stale: another load of the table is in the ledger, or another file
//! beside the one that was copied.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::failure::{Failure, FailureKind, Stage};
use crate::plan::{LoadPlan, Step};
use crate::warehouse::redshift::copy::{copy, has_neighbours, with_reasons};
use crate::warehouse::redshift::prepare::prepare;
use crate::warehouse::redshift::session::Session;
use crate::warehouse::redshift::sql::catalog::ErrorsOf;
use crate::warehouse::redshift::sql::load::delete;
use crate::warehouse::redshift::sql::table::create_table;
use crate::warehouse::redshift::statement::{Stop, aborted, roll_back, run, run_with_lock};
use crate::warehouse::redshift::{Redshift, errors, ledger};
use crate::warehouse::{Committed, Execution};

pub(super) async fn execute(
    redshift: &Redshift,
    plan: &LoadPlan,
    abort: &CancellationToken,
) -> Result<Execution, Failure> {
    let mut session = redshift.pool.session(Stage::Prepare).await?;
    if !prepare(redshift, &mut session, plan, abort).await? {
        return Ok(Execution::Stale);
    }
    match transaction(redshift, &mut session, plan, abort).await {
        Ok(Some(committed)) => Ok(Execution::Committed(committed)),
        Ok(None) => {
            roll_back(redshift, &mut session, Stage::Replace).await;
            Ok(Execution::Stale)
        }
        Err(Stop::Unknown(failure)) => {
            // Without an answer it may have been lost on the way: then the transaction is open for ever.
            if session.is_unanswered() {
                roll_back(redshift, &mut session, Stage::Commit).await;
            }
            Err(failure)
        }
        Err(Stop::Failed(failure)) => {
            roll_back(redshift, &mut session, Stage::Replace).await;
            Err(failure)
        }
        Err(Stop::DataRejected(failure, refusal)) => {
            roll_back(redshift, &mut session, Stage::Replace).await;
            let of = ErrorsOf { session: session.process_id, since: session.opened_at };
            // The views know a failure by its session: the next one must not show this one's reasons.
            session.discard();
            drop(session);
            Err(with_reasons(redshift, failure, of, &refusal, abort).await)
        }
    }
}

/// `None` when the facts turned out to be stale; the caller rolls back.
async fn transaction(
    redshift: &Redshift,
    session: &mut Session,
    plan: &LoadPlan,
    abort: &CancellationToken,
) -> Result<Option<Committed>, Stop> {
    let target = &plan.key.target;
    session.enters_transaction();
    run(redshift, session, "BEGIN", Stage::Replace, "BEGIN", abort).await.map_err(Stop::Failed)?;
    let mut rows = 0;
    let mut start = Instant::now();
    let mut steps = plan.transaction.iter().peekable();
    while let Some(step) = steps.next() {
        let stage = stage_of(step);
        match step {
            Step::CreateTable(spec) => {
                let what = format!("creating {target}");
                match run(redshift, session, &what, stage, &create_table(spec), abort).await {
                    Ok(_) => {}
                    // Another daemon created it first.
                    Err(Failure { kind: FailureKind::Conflict, .. }) => return Ok(None),
                    Err(failure) => return Err(Stop::Failed(failure)),
                }
            }
            Step::Delete(replaced) => {
                let (what, delete) = (format!("deleting rows from {target}"), delete(target, replaced));
                let deleted = run_with_lock(redshift, session, target, &what, stage, &delete, abort);
                deleted.await.map_err(Stop::Failed)?;
            }
            // With the write lock held nobody else can commit a load of this table, and what was committed before
            // shows in the ledger.
            Step::LookAgain { loads_of_target: then } => {
                let now = tokio::select! {
                    now = ledger::loads_of_target(redshift, target) => now.map_err(Stop::Failed)?,
                    () = abort.cancelled() => {
                        return Err(Stop::Failed(aborted(&format!("the load of {target}"), stage)));
                    }
                };
                if now != *then {
                    return Ok(None);
                }
            }
            Step::Copy(step) => {
                rows = copy(redshift, session, plan, step, abort).await?;
            }
            // Uploaded after the listing, and perhaps before COPY made its own.
            Step::LookForNeighbours(uri) => {
                let found = tokio::select! {
                    found = has_neighbours(redshift, uri) => found.map_err(Stop::Failed)?,
                    () = abort.cancelled() => {
                        return Err(Stop::Failed(aborted(&format!("the load of {target}"), stage)));
                    }
                };
                if found {
                    return Ok(None);
                }
            }
            Step::CheckRowCount(gate) => gate.check(rows).map_err(|unexpected| {
                let sentence = format!("the load of {target} was rolled back: {unexpected}");
                Stop::Failed(Failure::new(FailureKind::UnexpectedRowCount, stage, sentence))
            })?,
            Step::RecordSuperseded(message_ids) => {
                let what = format!("noting which messages the load of {target} answers");
                let insert = redshift.ledger.insert_superseded(plan, message_ids);
                let table = redshift.ledger.superseded();
                let noted = run_with_lock(redshift, session, table, &what, stage, &insert, abort);
                noted.await.map_err(Stop::Failed)?;
            }
            Step::RecordLoad => {
                let what = format!("writing the ledger row of {target}");
                let insert = redshift.ledger.insert(plan, &rows.to_string(), &redshift.usage.loader);
                let table = redshift.ledger.loads();
                let written = run_with_lock(redshift, session, table, &what, stage, &insert, abort);
                written.await.map_err(Stop::Failed)?;
            }
        }
        // A stage may have several steps, one after another.
        if steps.peek().is_none_or(|next| stage_of(next) != stage) {
            redshift.metrics.stage_ended(stage, start.elapsed());
            start = Instant::now();
        }
    }
    commit(redshift, session, plan, abort).await?;
    Ok(Some(Committed { rows }))
}

/// Where a firewall has forgotten the connection, nobody ever answers. Once the load is to end, the answer has this
/// long to arrive.
const COMMIT_GRACE: Duration = Duration::from_secs(5);

/// COMMIT is not aborted any more: its answer is all that is left to wait for.
async fn commit(
    redshift: &Redshift,
    session: &mut Session,
    plan: &LoadPlan,
    abort: &CancellationToken,
) -> Result<(), Stop> {
    let start = Instant::now();
    let what = format!("COMMIT of the load of {}", plan.key.target);
    let answer = tokio::select! {
        biased;
        answer = session.commit() => answer,
        () = async { abort.cancelled().await; tokio::time::sleep(COMMIT_GRACE).await } => {
            let sentence = format!("{what} was not answered in time; the ledger knows whether it arrived");
            return Err(Stop::Unknown(Failure::new(FailureKind::CommitUnknown, Stage::Commit, sentence)));
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
                FailureKind::Conflict => Stop::Failed(failure),
                _ => Stop::Unknown(Failure { kind: FailureKind::CommitUnknown, ..failure }),
            })
        }
    }
}

fn stage_of(step: &Step) -> Stage {
    match step {
        Step::CreateTable(_) | Step::Delete(_) | Step::LookAgain { .. } => Stage::Replace,
        Step::Copy(_) | Step::LookForNeighbours(_) | Step::CheckRowCount(_) => Stage::Copy,
        Step::RecordSuperseded(_) | Step::RecordLoad => Stage::Record,
    }
}
