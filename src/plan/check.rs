//! A linter of plans: what every plan keeps to, whoever made it.
//!
//! A plan that the planner makes has no fault; tests say so of every golden plan and of many others.

mod order;

use crate::model::copy_template::{CopyTemplate, TemplateName};
use crate::model::ident::Ident;
use crate::model::load_mode::LoadMode;
use crate::model::object::ObjectUri;
use crate::plan::LoadPlan;
use crate::plan::cuts::Cutting;
use crate::plan::step::{Copy, CopySource, Place, Preparation, Replaced, Step, StepKind};

use order::{numbers, order};

/// Why a plan must not run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("the transaction has no step {0}")]
    Missing(StepKind),
    #[error("the transaction has step {0} more than once")]
    Doubled(StepKind),
    #[error("the transaction does not begin with CreateTable or Delete, whose lock keeps other daemons out")]
    BeginsWithoutLock,
    #[error("the transaction has both CreateTable and Delete")]
    CreatesAndDeletes,
    #[error("step {step} is not followed by {next} at once")]
    NotFollowed { step: StepKind, next: StepKind },
    #[error("step {step} has no {first} before it")]
    NotPreceded { step: StepKind, first: StepKind },
    #[error("step {step} comes after {end}")]
    TooLate { step: StepKind, end: StepKind },
    #[error("the transaction does not end with RecordLoad: it would hold the lock of the ledger for longer")]
    LedgerRowNotLast,
    #[error("step {0} cannot be rolled back, or is refused inside a transaction")]
    NotOfTransaction(StepKind),
    #[error("a preparation cannot be repeated")]
    NotRepeatable,
    #[error("column `{0}` is added twice")]
    AddedTwice(Ident),
    #[error("column `{0}` is widened twice")]
    WidenedTwice(Ident),
    #[error("COPY names no column")]
    NoColumns,
    #[error("COPY names column `{0}` twice")]
    CopiedTwice(Ident),
    #[error("the object {0} is written, and COPY does not read it")]
    WrittenUnread(ObjectUri),
    #[error("COPY reads the manifest {0}, which is not the producer's, and nobody writes it")]
    ManifestUnwritten(ObjectUri),
    #[error("COPY uses the template `{0}`, and nobody looks whether it is still as it was read")]
    TemplateUnchecked(TemplateName),
    #[error("step {step} and the place {place:?} of the rows of COPY do not belong together")]
    OtherPlace { step: StepKind, place: Place },
    #[error("COPY cuts values, and nobody counts them, or the other way round")]
    CutsUncounted,
    #[error("COPY skips rows that nobody counts, or rows are counted that it does not skip")]
    SkippedUncounted,
    #[error("the files of a load of announced files are not recorded, or not looked for under the lock")]
    FilesUnknown,
    #[error("the ledger row says that the table was empty, and nobody looks again whether it still is")]
    EmptinessUnchecked,
    #[error("Delete removes other rows than the mode `{}` of the ledger row says", .0.label())]
    OtherMode(LoadMode),
}

/// Everything that is wrong with a plan.
pub fn check(plan: &LoadPlan) -> Vec<Fault> {
    let steps: Vec<StepKind> = plan.transaction.iter().map(StepKind::from).collect();
    let mut faults = numbers(&steps);
    faults.extend(order(&steps));
    let foreign = plan.transaction.iter().filter(|step| !is_of_transaction(step));
    faults.extend(foreign.map(|step| Fault::NotOfTransaction(step.into())));
    faults.extend(plan.transaction.iter().flat_map(|step| match step {
        Step::Copy(copy) => of_copy(plan, copy),
        Step::Delete(replaced) => of_delete(plan, replaced),
        Step::CheckDates(gate) => of_place(plan, gate.of, StepKind::CheckDates),
        _ => Vec::new(),
    }));
    faults.extend(of_files(plan, &steps));
    faults.extend(of_preparation(plan));
    faults
}

/// Whether Redshift takes a step inside a transaction, and undoes it with ROLLBACK. Neither holds of everything: TRUNCATE
/// commits, and SAVEPOINT is not there at all.
fn is_of_transaction(step: &Step) -> bool {
    match step {
        // The only DDL: nobody reads a table that is not there yet, so nobody waits for its lock.
        Step::CreateTable(_) => true,
        // A temporary table is nobody else's.
        Step::CreateStaging | Step::DropStaging | Step::CreateWide(_) | Step::DropWide => true,
        Step::CopyWide(_) | Step::CountCuts(_) => true,
        Step::DropOlder(_) | Step::KeepColumns(_) | Step::DeleteMatches(_) | Step::InsertStaged(_) => true,
        Step::CheckKeys(_) => true,
        // Plain writes to the target and to the ledger.
        Step::Delete(_) | Step::Copy(_) => true,
        Step::RecordSuperseded(_) | Step::RecordFiles(_) | Step::RecordLoad => true,
        // Reads the ledger, and so does it on another session.
        Step::LookAgain(_) | Step::LookForFiles { .. } => true,
        // Reads the target, which this transaction has locked.
        Step::CheckDates(_) | Step::CountSurplus(_) | Step::CheckSurplus(_) => true,
        // Reads the catalog, or views of the system, on another session.
        Step::CheckTemplate(_) | Step::CountSkipped => true,
        // Nothing of Redshift's.
        Step::CheckDeleted(_) | Step::CheckFiles(_) | Step::CheckRowCount(_) => true,
        // Whatever else a table config says was refused when it was read.
        Step::PreSql(_) | Step::PostSql(_) => true,
    }
}

/// Whether a second run of the same plan finds it done, or does the same again.
fn is_repeatable(preparation: &Preparation) -> bool {
    match preparation {
        // The same key with the same content.
        Preparation::WriteManifest { .. } | Preparation::WritePaths { .. } => true,
        // Refused when the column is there, for which the facts are gathered anew.
        Preparation::AddColumn(_) => true,
        // Refused when the column has that length, for which they are gathered anew as well.
        Preparation::Widen(_) => true,
    }
}

fn of_preparation(plan: &LoadPlan) -> Vec<Fault> {
    let unrepeatable = plan.preparation.iter().filter(|preparation| !is_repeatable(preparation));
    let mut faults: Vec<Fault> = unrepeatable.map(|_| Fault::NotRepeatable).collect();
    let added = plan.preparation.iter().filter_map(|preparation| match preparation {
        Preparation::AddColumn(column) => Some(column.name.clone()),
        Preparation::Widen(_) | Preparation::WriteManifest { .. } | Preparation::WritePaths { .. } => None,
    });
    let widened = plan.preparation.iter().filter_map(|preparation| match preparation {
        Preparation::Widen(widening) => Some(widening.column.clone()),
        Preparation::AddColumn(_) | Preparation::WriteManifest { .. } | Preparation::WritePaths { .. } => {
            None
        }
    });
    faults.extend(repeated(&widened.collect::<Vec<Ident>>()).into_iter().map(Fault::WidenedTwice));
    faults.extend(repeated(&added.collect::<Vec<Ident>>()).into_iter().map(Fault::AddedTwice));
    let is_read = |object: &ObjectUri| {
        plan.transaction.iter().any(|step| matches!(step, Step::Copy(copy) if reads(copy, object)))
    };
    let unread = written(plan).filter(|object| !is_read(object));
    faults.extend(unread.cloned().map(Fault::WrittenUnread));
    faults
}

fn of_copy(plan: &LoadPlan, copy: &Copy) -> Vec<Fault> {
    let mut faults: Vec<Fault> = repeated(&copy.columns).into_iter().map(Fault::CopiedTwice).collect();
    faults.extend(of_place(plan, copy.into, StepKind::Copy));
    let counts = plan.transaction.iter().any(|step| matches!(step, Step::CountCuts(_)));
    if counts != (copy.cutting == Cutting::Allowed) {
        faults.push(Fault::CutsUncounted);
    }
    let counts_skipped = plan.transaction.contains(&Step::CountSkipped);
    let may_skip = copy.cutting == Cutting::Allowed && copy.reading.options.tolerance().is_some();
    if counts_skipped != may_skip {
        faults.push(Fault::SkippedUncounted);
    }
    if copy.columns.is_empty() {
        faults.push(Fault::NoColumns);
    }
    let is_checked = |template: &CopyTemplate| {
        plan.transaction
            .iter()
            .any(|step| matches!(step, Step::CheckTemplate(checked) if checked == template))
    };
    if let Some(template) = copy.reading.template.as_ref().filter(|template| !is_checked(template)) {
        faults.push(Fault::TemplateUnchecked(template.name.clone()));
    }
    if let CopySource::Manifest(manifest) = &copy.source
        && *manifest != plan.ledger_row.source_url
        && !written(plan).any(|written| written == manifest)
    {
        faults.push(Fault::ManifestUnwritten(manifest.clone()));
    }
    faults
}

/// The rows are staged, and go on from there, or are not.
fn of_place(plan: &LoadPlan, place: Place, step: StepKind) -> Vec<Fault> {
    let has = |kind| plan.transaction.iter().any(|step| StepKind::from(step) == kind);
    let fits = match place {
        Place::Staging => {
            has(StepKind::CreateStaging) && has(StepKind::InsertStaged) && has(StepKind::DropStaging)
        }
        Place::Target => !has(StepKind::CreateStaging),
    };
    if fits { Vec::new() } else { vec![Fault::OtherPlace { step, place }] }
}

fn of_delete(plan: &LoadPlan, replaced: &Replaced) -> Vec<Fault> {
    let mode = plan.ledger_row.mode;
    let is_meant = match replaced {
        Replaced::All => mode == LoadMode::Replace,
        Replaced::Window(_) => mode == LoadMode::Append && !plan.key.window.is_of_files(),
        Replaced::None => mode == LoadMode::Merge || plan.key.window.is_of_files(),
    };
    if is_meant { Vec::new() } else { vec![Fault::OtherMode(mode)] }
}

/// Announced files are loaded once each: the ledger knows them afterwards, and is asked for them under the lock.
fn of_files(plan: &LoadPlan, steps: &[StepKind]) -> Vec<Fault> {
    let has = |kind| steps.contains(&kind);
    let mut faults = Vec::new();
    let is_asked = has(StepKind::LookForFiles) || has(StepKind::CreateTable);
    if plan.key.window.is_of_files() && !(has(StepKind::RecordFiles) && is_asked) {
        faults.push(Fault::FilesUnknown);
    }
    let is_sure = has(StepKind::LookAgain) || has(StepKind::CreateTable);
    if has(StepKind::LookForFiles) && plan.ledger_row.table_was_empty && !is_sure {
        faults.push(Fault::EmptinessUnchecked);
    }
    faults
}

/// The objects that the plan writes.
fn written(plan: &LoadPlan) -> impl Iterator<Item = &ObjectUri> {
    plan.preparation.iter().filter_map(|preparation| match preparation {
        Preparation::WriteManifest { uri, .. } | Preparation::WritePaths { uri, .. } => Some(uri),
        Preparation::AddColumn(_) | Preparation::Widen(_) => None,
    })
}

fn reads(copy: &Copy, object: &ObjectUri) -> bool {
    let is_manifest = matches!(&copy.source, CopySource::Manifest(read) if read == object);
    is_manifest || copy.reading.json_paths.as_ref() == Some(object)
}

/// What is there more than once, each once for every time too many.
fn repeated<T: PartialEq + Clone>(all: &[T]) -> Vec<T> {
    let again = all.iter().enumerate().filter(|(at, one)| all.iter().take(*at).any(|before| before == *one));
    again.map(|(_, one)| one.clone()).collect()
}

#[cfg(test)]
pub(in crate::plan) mod tests;
