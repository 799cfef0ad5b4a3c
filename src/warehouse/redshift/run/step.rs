//! One step of the transaction of a load: its action, and what follows from the answer.

use chrono::{DateTime, Utc};
use tokio_postgres::SimpleQueryRow;

use crate::failure::{Failure, FailureKind, Stage};
use crate::model::duplicates::Duplicates;
use crate::model::loaded_file::LoadedFile;
use crate::model::target_table::TargetTable;
use crate::plan::cuts::Cuts;
use crate::plan::step::{DateGate, ImplausibleRowsCame, Place, Step};
use crate::warehouse::redshift::connect::session::Session;
use crate::warehouse::redshift::run::Run;
use crate::warehouse::redshift::run::action::{Action, Moment, load_of};
use crate::warehouse::redshift::run::authorize::how_copy_authorizes;
use crate::warehouse::redshift::run::copy::rows_copied;
use crate::warehouse::redshift::run::cuts;
use crate::warehouse::redshift::run::merge::Staged;
use crate::warehouse::redshift::run::outside::RowsOutside;
use crate::warehouse::redshift::run::statement::{NotCommitted, perform, unless_aborted};
use crate::warehouse::redshift::run::{files, own_sql, skipped};
use crate::warehouse::redshift::sql::ledger::rows::{EndOfLoad, MovedRows};
use crate::warehouse::redshift::sql::load::Authorization;
use crate::warehouse::redshift::sql::merge::Range;
use crate::warehouse::redshift::sql::rows;
use crate::warehouse::redshift::{inspect, ledger, template};

/// Whether the facts that the plan was made of still hold after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Facts {
    Hold,
    /// The caller rolls back, and they must be gathered anew.
    AreStale,
}

impl Facts {
    fn hold_if(they_do: bool) -> Self {
        if they_do { Self::Hold } else { Self::AreStale }
    }
}

/// What the transaction has done and found so far.
#[derive(Debug, Default)]
pub(super) struct SoFar {
    pub(super) moved: MovedRows,
    pub(super) cuts: Cuts,
    /// Of a merge.
    staged: Option<Staged>,
    /// Rows of the table beside another of their key, before COPY.
    surplus: u64,
    /// When the last load of the table has ended, as the ledger says while the table is locked.
    last_end: Option<DateTime<Utc>>,
}

impl SoFar {
    fn range(&self) -> Option<Range> {
        self.staged.as_ref().and_then(|staged| staged.range.clone())
    }
}

pub(super) async fn take(
    run: Run<'_>,
    session: &mut Session,
    step: &Step,
    so_far: &mut SoFar,
) -> Result<Facts, NotCommitted> {
    let target = &run.plan.key.target;
    // Asked for now, because temporary keys could expire while DELETE waits for its lock.
    let authorization = match step {
        Step::Copy(_) | Step::CopyWide(_) => {
            unless_aborted(run, Stage::Copy, how_copy_authorizes(run.redshift)).await?
        }
        _ => Authorization::MaskedKeys,
    };
    let shown = Action::step_to_show(run.redshift, run.plan, step);
    run.redshift.progress.does(target, &shown);
    let end = EndOfLoad::After(so_far.last_end);
    let moment = Moment { authorization, moved: Some(so_far.moved), range: so_far.range(), end };
    let action = Action::of_step(run.redshift, run.plan, step, &moment);
    if let Step::PreSql(_) | Step::PostSql(_) = step {
        own_sql::run(run, session, &action).await?;
        return Ok(Facts::Hold);
    }
    let rows = match (step, perform(run, session, &action).await) {
        // Another daemon created it first.
        (Step::CreateTable(_), Err(NotCommitted::Failed(Failure { kind: FailureKind::Conflict, .. }))) => {
            return Ok(Facts::AreStale);
        }
        (_, answer) => answer?,
    };
    let rolled_back = |kind, why: String| {
        let sentence = format!("{} was rolled back: {why}", load_of(run.plan));
        Failure::new(kind, action.stage, sentence)
    };
    let moved = &mut so_far.moved;
    match step {
        Step::CreateTable(_)
        | Step::CreateWide(_)
        | Step::CopyWide(_)
        | Step::DropWide
        | Step::CreateStaging
        | Step::DropOlder(_)
        | Step::DropStaging
        | Step::PreSql(_)
        | Step::PostSql(_)
        | Step::RecordSuperseded(_)
        | Step::RecordFiles(_)
        | Step::RecordLoad => {}
        Step::Delete(_) => moved.deleted = session.rows_changed,
        // With the write lock held nobody else can commit a load of this table, and what was committed before shows in
        // the ledger.
        Step::LookAgain(then) => {
            let (count, last) = ledger::loads_since(&rows, target)?;
            so_far.last_end = last.max(so_far.last_end);
            return Ok(Facts::hold_if(count == then.count));
        }
        Step::LookForFiles { files, known } => {
            let now = ledger::files::read(target, &rows, files)?;
            so_far.last_end = now.last;
            return Ok(Facts::hold_if(are_the_same(now.known, known.clone())));
        }
        Step::CheckDeleted(earlier) => {
            if let Some(refused) = earlier.clone().left_by(moved.deleted) {
                return Err(Failure::new(FailureKind::WouldDouble, action.stage, refused.to_string()).into());
            }
        }
        Step::Copy(copy) => {
            moved.copied = rows_copied(run, session, &action).await?;
            moved.loaded = if copy.into == Place::Target { moved.copied } else { 0 };
        }
        Step::CountSkipped => {
            moved.skipped = skipped::count(run, session, moved.copied).await?;
        }
        Step::CountCuts(gate) => {
            let skipped = moved.skipped;
            let may_skip = run.plan.transaction.contains(&Step::CountSkipped);
            let counted = Cuts {
                skipped,
                ..cuts::read(&rows, gate, moved.copied, may_skip.then_some(skipped), &action)?
            };
            gate.check(&counted, moved.copied).map_err(|refused| {
                let failure = rolled_back(FailureKind::DataRejected, refused.to_string());
                if skipped > 0 { NotCommitted::TooManySkipped(failure) } else { failure.into() }
            })?;
            (moved.cut, moved.replaced) = (counted.cut, counted.replaced);
            so_far.cuts = counted;
        }
        Step::CheckKeys(merge) => {
            let staged = Staged::read(&rows, &action)?;
            staged.check(moved.copied).map_err(|refused| rolled_back(refused.kind(), refused.to_string()))?;
            let (rows, keys, changed) = (staged.rows, staged.keys, moved.cut + moved.replaced);
            if merge.duplicates == Duplicates::IdenticalOnly && rows > keys && changed > 0 {
                let why = format!(
                    "{rows} rows of the data have {keys} keys, and {changed} values were changed to fit ({}), so that nobody knows whether \
                     rows of one key are the same; make the columns wider, or fix the file",
                    so_far.cuts
                );
                return Err(rolled_back(FailureKind::DuplicateKeys, why).into());
            }
            if let Some(undecided) = staged.undecided(merge) {
                return Err(rolled_back(FailureKind::DuplicateKeys, undecided).into());
            }
            so_far.staged = Some(staged);
        }
        Step::KeepColumns(_) => moved.matched = Some(session.rows_changed),
        Step::DeleteMatches(_) => moved.deleted = session.rows_changed,
        Step::InsertStaged(merge) => {
            moved.loaded = session.rows_changed;
            let settled = so_far.staged.iter().try_for_each(|staged| staged.settle(merge, moved));
            settled.map_err(|refused| rolled_back(refused.kind(), refused.to_string()))?;
        }
        Step::CheckFiles(listed) => {
            let looking = files::are_as_listed(run.redshift.store.as_ref(), listed);
            return Ok(Facts::hold_if(unless_aborted(run, action.stage, looking).await?));
        }
        Step::CheckTemplate(as_read) => {
            let now = template::in_answer(&as_read.name, &rows, action.stage)?;
            return Ok(Facts::hold_if(now == *as_read));
        }
        Step::CountSurplus(_) => so_far.surplus = number(&rows, &action)?,
        Step::CheckSurplus(key) => {
            let added = number(&rows, &action)?.saturating_sub(so_far.surplus);
            if added > 0 {
                let key: Vec<String> = key.iter().map(|column| format!("`{column}`")).collect();
                let why = format!(
                    "{added} of its rows would stand beside another of their primary key ({}): a merge has given rows of {} another date; load \
                     the file with `mode: merge`, or replace the whole table with `truncate` and `force`",
                    key.join(", "),
                    run.plan.key.window
                );
                return Err(rolled_back(FailureKind::WouldDouble, why).into());
            }
        }
        Step::CheckDates(gate) => {
            if let Some(refused) = implausible_dates(&rows, target, gate)? {
                return Err(rolled_back(FailureKind::ImplausibleDate, refused.to_string()).into());
            }
            let in_window = rows_of_date(&rows, &action)?;
            moved.in_window = Some(in_window);
            if let Some(refused) = gate.refused_outside(moved.copied, in_window) {
                let (gate, copied) = (gate.clone(), moved.copied);
                return Err(NotCommitted::RowsOutside(RowsOutside { gate, refused, copied }));
            }
        }
        Step::CheckRowCount(gate) => gate
            .check(moved.copied)
            .map_err(|unexpected| rolled_back(FailureKind::UnexpectedRowCount, unexpected.to_string()))?,
    }
    Ok(Facts::Hold)
}

/// Whether the ledger says the same of files, in whatever order.
fn are_the_same(mut now: Vec<LoadedFile>, mut then: Vec<LoadedFile>) -> bool {
    for files in [&mut now, &mut then] {
        files.sort_unstable_by(|left, right| left.uri.cmp(&right.uri));
    }
    now == then
}

/// Why the dates of the rows, as the answer tells them, do not pass.
fn implausible_dates(
    facts: &[SimpleQueryRow],
    target: &TargetTable,
    gate: &DateGate,
) -> Result<Option<ImplausibleRowsCame>, Failure> {
    let implausible = match fact(facts, rows::IMPLAUSIBLE) {
        Some(fact) => inspect::implausible(fact, target)?,
        None => None,
    };
    Ok(gate.check(implausible.as_ref()).err())
}

/// The one number of an answer.
fn number(rows: &[SimpleQueryRow], action: &Action<'_>) -> Result<u64, Failure> {
    rows.first().and_then(|row| row.get(0)?.parse().ok()).ok_or_else(|| action.without_number())
}

/// The number of rows of the load's data date.
fn rows_of_date(facts: &[SimpleQueryRow], action: &Action<'_>) -> Result<u64, Failure> {
    let of_date = fact(facts, rows::OF_WINDOW).and_then(|fact| fact.get(1)?.parse().ok());
    of_date.ok_or_else(|| action.without_number())
}

fn fact<'a>(facts: &'a [SimpleQueryRow], name: &str) -> Option<&'a SimpleQueryRow> {
    facts.iter().find(|fact| fact.get(0) == Some(name))
}
