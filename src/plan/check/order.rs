//! Which steps a plan has, how often, and in which order.

use crate::plan::check::{Fault, repeated};
use crate::plan::step::StepKind;

use StepKind::{
    CheckDates, CheckDeleted, CheckFiles, CheckKeys, CheckRowCount, CheckSurplus, CheckTemplate, CopyWide,
    CountCuts, CountSkipped, CountSurplus, CreateStaging, CreateTable, CreateWide, Delete, DeleteMatches,
    DropOlder, DropStaging, DropWide, InsertStaged, KeepColumns, LookAgain, LookForFiles, PostSql, PreSql,
    RecordFiles, RecordLoad, RecordSuperseded,
};

/// Every load copies, and knows what it has copied; and the ledger knows it.
pub(super) const ALWAYS: [StepKind; 4] = [StepKind::Copy, CheckFiles, CheckDates, RecordLoad];

/// With nothing between them: a step, and what may follow it.
const PAIRS: [(StepKind, &[StepKind]); 8] = [
    // Whatever the ledger has to say is known before anything else is done under the lock.
    (Delete, &[LookAgain, LookForFiles]),
    // What COPY has read is certain before its rows are judged.
    (StepKind::Copy, &[CheckFiles]),
    // Nothing but the rows of this COPY is staged.
    (CreateStaging, &[StepKind::Copy]),
    (CreateWide, &[CopyWide]),
    (CountCuts, &[DropWide]),
    (InsertStaged, &[DropStaging]),
    // The tables of the ledger are locked for as short a time as may be.
    (RecordSuperseded, &[RecordLoad, RecordFiles]),
    (RecordFiles, &[RecordLoad]),
];

/// Steps that judge what another one has done, which comes first.
const JUDGES: [(StepKind, StepKind); 21] = [
    (LookAgain, Delete),
    (LookForFiles, Delete),
    (CheckDeleted, Delete),
    (CheckFiles, StepKind::Copy),
    (CheckTemplate, StepKind::Copy),
    (CheckDates, StepKind::Copy),
    (CheckRowCount, StepKind::Copy),
    (CountCuts, CopyWide),
    (CountSkipped, StepKind::Copy),
    // What the table had, under its lock, and what it has with the rows of COPY.
    (CountSurplus, LookAgain),
    (CheckSurplus, CountSurplus),
    (CheckSurplus, StepKind::Copy),
    // Both COPYs have read the same files.
    (CountCuts, CheckFiles),
    (DropWide, CountCuts),
    (CheckKeys, CreateStaging),
    (DropOlder, CheckKeys),
    (KeepColumns, CheckKeys),
    (DeleteMatches, CheckKeys),
    (InsertStaged, CheckKeys),
    (DropStaging, InsertStaged),
    (PostSql, CheckDates),
];

/// As many of a plan as the table config has.
const SEVERAL: [StepKind; 2] = [PreSql, PostSql];

/// What comes before a step, where the plan has it.
const BEFORE: [(StepKind, &[StepKind]); 4] = [
    // Also what statements of the table config have added.
    (StepKind::Copy, &[CountSurplus]),
    // What was skipped counts among what did not fit.
    (CountCuts, &[CountSkipped]),
    // Statements of the table config: a transaction that would only be rolled back runs none of them, and what they do to the
    // rows is not taken for COPY's work.
    (PreSql, &[CreateTable, Delete, LookAgain, LookForFiles, CheckDeleted]),
    (
        PostSql,
        &[
            PreSql,
            CopyWide,
            StepKind::Copy,
            CheckFiles,
            CheckTemplate,
            DropWide,
            CheckDates,
            CheckRowCount,
            CheckSurplus,
            DeleteMatches,
            InsertStaged,
            DropStaging,
        ],
    ),
];

/// Steps that are missing, or there too often.
pub(super) fn numbers(steps: &[StepKind]) -> Vec<Fault> {
    let missing = ALWAYS.into_iter().filter(|kind| !steps.contains(kind)).map(Fault::Missing);
    let doubled = repeated(steps).into_iter().filter(|kind| !SEVERAL.contains(kind));
    missing.chain(doubled.map(Fault::Doubled)).collect()
}

/// Steps that are not where they must be.
pub(super) fn order(steps: &[StepKind]) -> Vec<Fault> {
    let mut faults = Vec::new();
    if !matches!(steps.first(), Some(CreateTable | Delete)) {
        faults.push(Fault::BeginsWithoutLock);
    }
    if steps.contains(&CreateTable) && steps.contains(&Delete) {
        faults.push(Fault::CreatesAndDeletes);
    }
    for (at, &step) in steps.iter().enumerate() {
        let (before, after) = (steps.iter().take(at), steps.iter().skip(at + 1));
        let next = after.clone().next();
        let pairs = PAIRS.iter().filter(|(first, may_follow)| {
            *first == step && next.is_none_or(|next| !may_follow.contains(next))
        });
        let usual = pairs.filter_map(|(_, may_follow)| may_follow.first());
        faults.extend(usual.map(|&next| Fault::NotFollowed { step, next }));
        let judges =
            JUDGES.iter().filter(|(judge, first)| *judge == step && !before.clone().any(|k| k == first));
        faults.extend(judges.map(|&(_, first)| Fault::NotPreceded { step, first }));
        // A transaction that would only be rolled back copies nothing before.
        let is_early = matches!(step, LookForFiles | CheckDeleted | PreSql);
        let copies =
            [CopyWide, StepKind::Copy].into_iter().filter(|end| is_early && before.clone().any(|k| k == end));
        faults.extend(copies.map(|end| Fault::TooLate { step, end }));
        let passed =
            BEFORE.iter().filter(|(end, first)| first.contains(&step) && before.clone().any(|k| k == end));
        faults.extend(passed.map(|&(end, _)| Fault::TooLate { step, end }));
    }
    if steps.last() != Some(&RecordLoad) {
        faults.push(Fault::LedgerRowNotLast);
    }
    faults
}
