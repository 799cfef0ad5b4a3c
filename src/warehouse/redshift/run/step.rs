//! One step of the transaction of a load.

use tokio_util::sync::CancellationToken;

use crate::failure::{Failure, FailureKind, Stage};
use crate::model::table::TableSpec;
use crate::plan::LoadPlan;
use crate::plan::input::LoadsSince;
use crate::plan::step::{DateGate, FilesAsListed, Replaced, Step};
use crate::warehouse::redshift::connect::session::Session;
use crate::warehouse::redshift::run::copy::copy;
use crate::warehouse::redshift::run::files;
use crate::warehouse::redshift::run::statement::{NotCommitted, run, run_with_lock, unless_aborted};
use crate::warehouse::redshift::sql::ledger::RowNumbers;
use crate::warehouse::redshift::sql::load::delete;
use crate::warehouse::redshift::sql::rows::{self, dates_of_rows};
use crate::warehouse::redshift::sql::table::create_table;
use crate::warehouse::redshift::{Redshift, inspect, ledger};

/// Whether the facts that the plan was made of still hold after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Facts {
    Hold,
    /// The caller rolls back, and they must be gathered anew.
    AreStale,
}

/// Rows that the transaction has moved so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct MovedRows {
    pub(super) copied: u64,
    pub(super) deleted: u64,
    /// Rows of the load's window that are in the table.
    pub(super) in_window: u64,
}

pub(super) async fn take(
    redshift: &Redshift,
    session: &mut Session,
    plan: &LoadPlan,
    step: &Step,
    moved: &mut MovedRows,
    abort: &CancellationToken,
) -> Result<Facts, NotCommitted> {
    let (target, stage) = (&plan.key.target, stage_of(step));
    let failed = |kind, sentence: String| NotCommitted::Failed(Failure::new(kind, stage, sentence));
    match step {
        Step::CreateTable(spec) => return create(session, spec, abort).await,
        Step::Delete(replaced) => {
            moved.deleted = delete_rows(redshift, session, plan, replaced, abort).await?;
        }
        // With the write lock held nobody else can commit a load of this table, and what was committed before shows in
        // the ledger.
        Step::LookAgain(LoadsSince { moment, count: then }) => {
            let counting = ledger::count_loads_since(redshift, target, *moment);
            if unless_aborted(plan, stage, abort, counting).await? != *then {
                return Ok(Facts::AreStale);
            }
        }
        Step::CheckDeleted(earlier) => {
            if let Some(refused) = earlier.clone().left_by(moved.deleted) {
                return Err(failed(FailureKind::WouldDouble, refused.to_string()));
            }
        }
        Step::Copy(step) => moved.copied = copy(redshift, session, plan, step, abort).await?,
        Step::CheckFiles(listed) => return check_files(redshift, plan, listed, abort).await,
        Step::CheckDates(gate) => moved.in_window = check_dates(session, plan, gate, abort).await?,
        Step::CheckRowCount(gate) => gate.check(moved.copied).map_err(|unexpected| {
            let sentence = format!("the load of {target} was rolled back: {unexpected}");
            failed(FailureKind::UnexpectedRowCount, sentence)
        })?,
        Step::RecordSuperseded(message_ids) => {
            let what = format!("noting which messages the load of {target} covers");
            let insert = redshift.ledger.insert_superseded(plan, message_ids);
            let table = redshift.ledger.superseded();
            let noted = run_with_lock(redshift, session, table, &what, stage, &insert, abort);
            noted.await?;
        }
        Step::RecordLoad => {
            let what = format!("writing the ledger row of {target}");
            let [copied, deleted, in_window] =
                [moved.copied, moved.deleted, moved.in_window].map(|count| count.to_string());
            let rows = RowNumbers { copied, deleted, in_window };
            let insert = redshift.ledger.insert(plan, rows, &redshift.sessions.loader);
            let table = redshift.ledger.loads();
            let written = run_with_lock(redshift, session, table, &what, stage, &insert, abort);
            written.await?;
        }
    }
    Ok(Facts::Hold)
}

pub(super) fn stage_of(step: &Step) -> Stage {
    match step {
        Step::CreateTable(_) | Step::Delete(_) | Step::LookAgain(_) | Step::CheckDeleted(_) => Stage::Replace,
        Step::Copy(_) | Step::CheckFiles(_) | Step::CheckDates(_) | Step::CheckRowCount(_) => Stage::Copy,
        Step::RecordSuperseded(_) | Step::RecordLoad => Stage::Record,
    }
}

async fn create(
    session: &mut Session,
    spec: &TableSpec,
    abort: &CancellationToken,
) -> Result<Facts, NotCommitted> {
    let what = format!("creating {}", spec.target);
    match run(session, &what, Stage::Replace, &create_table(spec), abort).await {
        Ok(_) => Ok(Facts::Hold),
        // Another daemon created it first.
        Err(Failure { kind: FailureKind::Conflict, .. }) => Ok(Facts::AreStale),
        Err(failure) => Err(NotCommitted::Failed(failure)),
    }
}

async fn delete_rows(
    redshift: &Redshift,
    session: &mut Session,
    plan: &LoadPlan,
    replaced: &Replaced,
    abort: &CancellationToken,
) -> Result<u64, NotCommitted> {
    let target = &plan.key.target;
    let (what, delete) = (format!("deleting rows from {target}"), delete(target, replaced));
    let deleted = run_with_lock(redshift, session, target, &what, Stage::Replace, &delete, abort);
    deleted.await?;
    Ok(session.rows_changed)
}

async fn check_files(
    redshift: &Redshift,
    plan: &LoadPlan,
    listed: &FilesAsListed,
    abort: &CancellationToken,
) -> Result<Facts, NotCommitted> {
    let looking = files::are_as_listed(redshift.store.as_ref(), listed);
    let are_as_listed = unless_aborted(plan, Stage::Copy, abort, looking).await?;
    Ok(if are_as_listed { Facts::Hold } else { Facts::AreStale })
}

/// Returns the number of rows of the load's window.
async fn check_dates(
    session: &mut Session,
    plan: &LoadPlan,
    gate: &DateGate,
    abort: &CancellationToken,
) -> Result<u64, NotCommitted> {
    let target = &plan.key.target;
    let what = format!("looking at the dates of the rows of {target}");
    let question = dates_of_rows(target, gate);
    let facts = run(session, &what, Stage::Copy, &question, abort).await?;
    let fact = |name| facts.iter().find(|fact| fact.get(0) == Some(name));
    let implausible = match fact(rows::IMPLAUSIBLE) {
        Some(fact) => inspect::implausible(fact, target)?,
        None => None,
    };
    gate.check(implausible.as_ref()).map_err(|refused| {
        let sentence = format!("the load of {target} was rolled back: {refused}");
        NotCommitted::Failed(Failure::new(FailureKind::ImplausibleDate, Stage::Copy, sentence))
    })?;
    let of_window = fact(rows::OF_WINDOW).and_then(|fact| fact.get(1)?.parse().ok());
    of_window.ok_or_else(|| {
        let sentence = format!("{what} failed: Redshift did not say how many there are");
        NotCommitted::Failed(Failure::new(FailureKind::StatementRefused, Stage::Copy, sentence))
    })
}
