//! What is to be said of the steps of a plan.

use crate::model::ident::Ident;
use crate::model::table::{Column, Distribution, KeyCase, OutsideRows, SortKey};
use crate::plan::LoadPlan;
use crate::plan::cuts::{CutsGate, Cutting};
use crate::plan::merge::Merge;
use crate::plan::step::{DateGate, Preparation, Replaced, Step, StepKind};

/// A note each, in the order of the plan.
pub(super) fn notes(plan: &LoadPlan) -> Vec<String> {
    let manifests = plan.preparation.iter().filter_map(|preparation| match preparation {
        Preparation::WriteManifest { uri, files, .. } => Some(format!(
            "COPY by a path or by the producer's manifest could load more or less than the chosen files, or lack their sizes, so a \
             manifest of our own names them: {uri} ({} files)",
            files.len()
        )),
        Preparation::WritePaths { uri, .. } => {
            Some(format!("COPY finds the columns by paths that are made of the config: {uri}"))
        }
        Preparation::AddColumn(_) | Preparation::Widen(_) => None,
    });
    let own_sql = own_sql_words(plan);
    let steps = plan.transaction.iter().filter_map(|step| match step {
        Step::CreateTable(spec) => match (&spec.distribution, &spec.sort_key) {
            (Distribution::Auto, SortKey::AutoOrNone) => {
                Some("the config asks for no dist or sort key: Redshift's AUTO chooses both".to_owned())
            }
            (Distribution::Auto, _) => {
                Some("the config asks for no dist key: Redshift's DISTSTYLE AUTO chooses".to_owned())
            }
            (_, SortKey::AutoOrNone) => {
                Some("the config asks for no sort key: Redshift's SORTKEY AUTO chooses".to_owned())
            }
            (_, _) => None,
        },
        Step::Delete(Replaced::All) => Some("all rows of the table are replaced".to_owned()),
        Step::Delete(Replaced::None) => None,
        Step::DeleteMatches(merge) => Some(merge_words(merge)),
        Step::Delete(Replaced::Window(rows)) => {
            Some(format!("rows of {} are replaced, if there are any", rows.window))
        }
        Step::CheckSurplus(key) => Some(format!(
            "rolled back when a row comes beside another of its primary key ({}): a merge may have given rows of the window another date",
            names(key)
        )),
        Step::CountCuts(gate) => Some(cuts_words(gate, plan)),
        Step::CheckDates(DateGate { rows, outside: OutsideRows::Refused, .. }) => {
            Some(format!("rolled back when a row of the file is not of {}", rows.window))
        }
        Step::CheckRowCount(gate) => Some(format!("rolled back unless COPY loads {gate} rows")),
        Step::Copy(copy) if copy.key_case == KeyCase::Ignored && copy.reading.goes_by_name() => Some(
            "the config spells names with capitals, so keys of the data match in any case ('auto ignorecase'); of two keys \
             that differ in case only, Redshift takes one"
                .to_owned(),
        ),
        Step::Copy(copy) if copy.cutting == Cutting::Refused => copy.reading.options.tolerance().map(|rows| {
            format!("when COPY refuses rows, the load is tried again and they are skipped, fewer than {rows} (MAXERROR)")
        }),
        Step::LookAgain(_)
        | Step::LookForFiles { .. }
        | Step::CheckDeleted(_)
        | Step::Copy(_)
        | Step::CheckFiles(_)
        | Step::CheckTemplate(_)
        | Step::CheckDates(_)
        | Step::CreateWide(_)
        | Step::CopyWide(_)
        | Step::CountSkipped
        | Step::CountSurplus(_)
        | Step::DropWide
        | Step::CreateStaging
        | Step::DropOlder(_)
        | Step::KeepColumns(_)
        | Step::CheckKeys(_)
        | Step::InsertStaged(_)
        | Step::DropStaging
        | Step::PreSql(_)
        | Step::PostSql(_)
        | Step::RecordSuperseded(_)
        | Step::RecordFiles(_)
        | Step::RecordLoad => None,
    });
    manifests.chain(steps).chain(encode_words(plan)).chain(own_sql).collect()
}

/// That the plan gives a column an encoding.
fn encode_words(plan: &LoadPlan) -> Option<String> {
    let names_encoding = |column: &Column| column.encoding.is_some();
    let adds = |preparation: &Preparation| matches!(preparation, Preparation::AddColumn(column) if names_encoding(column));
    let creates =
        |step: &Step| matches!(step, Step::CreateTable(spec) if spec.columns.iter().any(names_encoding));
    let is_packed = plan.preparation.iter().any(adds) || plan.transaction.iter().any(creates);
    is_packed.then(|| {
        "an `encode` of a column switches ENCODE AUTO off for its table: Redshift no longer changes encodings by itself".to_owned()
    })
}

/// That the plan has statements which are not the loader's.
fn own_sql_words(plan: &LoadPlan) -> Option<String> {
    let count = |kind| plan.transaction.iter().filter(|step| StepKind::from(*step) == kind).count();
    let (pre, post) = (count(StepKind::PreSql), count(StepKind::PostSql));
    (pre + post > 0).then(|| {
        format!(
            "statements of the table config run with the rights of the loader's user, in the load's transaction: {pre} before COPY, \
             {post} after the checks"
        )
    })
}

fn names(columns: &[Ident]) -> String {
    columns.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Which rows of the table are replaced, and how much of it is read to find them.
fn merge_words(merge: &Merge) -> String {
    let key = names(&merge.key);
    let read = match &merge.range {
        Some(column) => format!(
            "of the table only what lies between the first and the last `{column}` of the data is read, as it is sorted by it"
        ),
        None => {
            format!("of the table the columns {key} are read as a whole, as it is not sorted by one of them")
        }
    };
    let kept = match merge.kept.as_slice() {
        [] => String::new(),
        kept => format!("; they keep their {}", names(kept)),
    };
    format!("rows whose primary key ({key}) is in the data are replaced{kept}; {read}")
}

fn cuts_words(gate: &CutsGate, plan: &LoadPlan) -> String {
    let most = gate
        .most
        .map(|most| format!("; rolled back when more than {most} of the rows have one"))
        .unwrap_or_default();
    let tolerance = plan.copy().and_then(|copy| copy.reading.options.tolerance());
    let skipped = tolerance
        .map(|rows| format!("; rows that COPY refuses are skipped, fewer than {rows}"))
        .unwrap_or_default();
    format!(
        "values that do not fit are cut and counted by a second COPY, as the last load had some{skipped}{most}"
    )
}
