//! The plan of a load: its steps in their order.

use crate::model::column_type::ColumnType;
use crate::model::load_id::LoadKey;
use crate::model::loaded_file::FileOfLoad;
use crate::model::object::ObjectMeta;
use crate::model::rewritten::OnRewritten;
use crate::model::table::{Column, FutureRows, OutsideRows, TableState};
use crate::model::window::rows::ColumnValue;
use crate::plan::check::check;
use crate::plan::columns::Listed;
use crate::plan::cuts::{Cutting, counting, cutting};
use crate::plan::data_set::{DataForm, DataSet};
use crate::plan::input::PlanningInput;
use crate::plan::merge::Merge;
use crate::plan::planner::merge::steps;
use crate::plan::planner::source::{copy_source, files_as_listed, rescuing};
use crate::plan::planner::{earlier_rows, merges, reloads_after_merge, replaces_all};
use crate::plan::reading::Reading;
use crate::plan::row_count::RowCountGate;
use crate::plan::step::{
    Copy, CopySource, DateGate, ImplausibleGate, Place, Preparation, Replaced, RowsOfWindow, Step,
};
use crate::plan::{LedgerRow, LoadPlan, fingerprint};
use crate::schema::diff::compare;
use crate::schema::widening::Widening;

pub(super) fn load(
    input: &PlanningInput,
    data: &DataSet,
    reading: Reading,
    listed: Listed,
    merge: Option<Merge>,
) -> LoadPlan {
    let PlanningInput { order, spec, .. } = input;
    let key = LoadKey {
        target: spec.target.clone(),
        window: input.window.clone(),
        fingerprint: fingerprint::of_files(&data.files),
    };
    let (source, manifest) = copy_source(input, data, &reading, &key);
    let drift = listed.drift.clone();
    let (reading, paths) = rescuing(input, data, reading, &key);
    let format = reading.format;
    let mut preparation = changes_of_table(input);
    let widened = widened(input, &preparation);
    preparation.extend(manifest);
    preparation.extend(paths);

    let mut transaction = Vec::new();
    if input.table == TableState::Missing {
        transaction.push(Step::CreateTable(Box::new(spec.clone())));
    } else {
        transaction.push(Step::Delete(replaced(input)));
        transaction.extend(looks(input, data));
        transaction.extend(earlier_rows(input).map(Step::CheckDeleted));
    }
    transaction.extend(spec.options.own_sql.pre.iter().cloned().map(Step::PreSql));
    let files = files_as_listed(input, data, &source);
    let template = reading.template.clone();
    let (wide, gate) = counting(spec, &input.table, &listed.columns, &reading, merge.as_ref());
    let copy = copy(input, data, source, reading, listed);
    let counts = copy.cutting == Cutting::Allowed;
    let skips = counts && copy.reading.options.tolerance().is_some();
    if counts {
        transaction.extend([Step::CreateWide(wide), Step::CopyWide(copy.clone())]);
    }
    let surplus = reloads_after_merge(input).then(|| spec.primary_key.clone());
    transaction.extend(surplus.clone().map(Step::CountSurplus));
    // Whatever else is said of the files is said of both COPYs.
    transaction.extend(merge.as_ref().map(|_| Step::CreateStaging));
    transaction.push(Step::Copy(copy));
    transaction.push(Step::CheckFiles(files));
    transaction.extend(template.map(Step::CheckTemplate));
    if counts {
        transaction.extend(skips.then_some(Step::CountSkipped));
        transaction.extend([Step::CountCuts(gate), Step::DropWide]);
    }
    transaction.push(Step::CheckDates(date_gate(input)));
    transaction.extend(surplus.map(Step::CheckSurplus));
    let gate = RowCountGate::new(
        order.terms.expected_rows,
        input.row_count_policy,
        &input.recent_row_counts,
        order.force,
    );
    if !gate.is_open() {
        transaction.push(Step::CheckRowCount(gate));
    }
    if let Some(merge) = merge {
        transaction.extend(steps(merge, input.table == TableState::Missing));
    }
    transaction.extend(spec.options.own_sql.post.iter().cloned().map(Step::PostSql));
    if !order.covered.is_empty() {
        transaction.push(Step::RecordSuperseded(order.covered.clone()));
    }
    transaction.extend(recorded_files(data).map(Step::RecordFiles));
    transaction.push(Step::RecordLoad);
    let ledger_row = LedgerRow {
        load_id: input.load_id.clone(),
        message_id: order.message_id.clone(),
        source_url: input.chosen.uri.clone(),
        data_date: input.date,
        config_fingerprint: input.config_fingerprint.clone(),
        data_date_column: spec.data_date_column.name.clone(),
        table_was_empty: !input.rows.has_any,
        mode: input.settings.mode.value,
        format,
        drift,
        widened,
        cadence: spec.options.cadence,
        forced: order.force,
        bytes: data.files.iter().map(|file| file.size).sum(),
        started_at: input.now,
    };
    let plan = LoadPlan { key, ledger_row, preparation, transaction };
    debug_assert_eq!(check(&plan), Vec::new(), "the planner makes no plan with a fault");
    plan
}

/// What is asked once the lock is held. Files that only add rows do not care what else was loaded meanwhile, but for the first
/// ones, whose ledger row tells that nothing was there, and those whose rows are counted by what was there.
fn looks(input: &PlanningInput, data: &DataSet) -> Vec<Step> {
    let again = || Step::LookAgain(input.loads_since.clone());
    if !input.window.is_of_files() {
        return vec![again()];
    }
    let for_files = Step::LookForFiles { files: data.files.clone(), known: input.known_files.clone() };
    let counts_rows = date_gate(input).outside == OutsideRows::Refused;
    let too = (!input.rows.has_any || counts_rows).then(again);
    [for_files].into_iter().chain(too).collect()
}

/// What the ledger is to know of announced files.
fn recorded_files(data: &DataSet) -> Option<Vec<FileOfLoad>> {
    let DataForm::Announced(versions) = &data.form else { return None };
    let of_load = |(file, version_id): (&ObjectMeta, &Option<String>)| FileOfLoad {
        uri: file.uri.clone(),
        version_id: version_id.clone(),
        etag: file.etag.clone(),
        bytes: file.size,
    };
    Some(data.files.iter().zip(versions).map(of_load).collect())
}

/// What makes the table fit its config.
fn changes_of_table(input: &PlanningInput) -> Vec<Preparation> {
    let TableState::Table(existing) = &input.table else { return Vec::new() };
    let diff = compare(&input.spec, existing);
    let added = diff.missing.into_iter().map(Preparation::AddColumn);
    added.chain(diff.widened.into_iter().map(Preparation::Widen)).collect()
}

/// What is widened now, and what an earlier attempt at the load has widened: its column is as long by now.
fn widened(input: &PlanningInput, preparation: &[Preparation]) -> Vec<Widening> {
    let is_done = |widening: &&Widening| match &input.table {
        TableState::Table(existing) => existing
            .column(&widening.column)
            .is_some_and(|there| there.column_type == ColumnType::Varchar(widening.to)),
        TableState::Missing | TableState::SchemaMissing | TableState::NotATable(_) => false,
    };
    let now = preparation.iter().filter_map(|preparation| match preparation {
        Preparation::Widen(widening) => Some(widening),
        Preparation::AddColumn(_) | Preparation::WriteManifest { .. } | Preparation::WritePaths { .. } => {
            None
        }
    });
    input.widened_before.iter().filter(is_done).chain(now).cloned().collect()
}

fn replaced(input: &PlanningInput) -> Replaced {
    if replaces_all(input) {
        return Replaced::All;
    }
    if merges(input) || input.window.is_of_files() {
        return Replaced::None;
    }
    Replaced::Window(rows_of_window(input))
}

fn rows_of_window(input: &PlanningInput) -> RowsOfWindow {
    let told = input.window_rows().expect("a window that its column cannot tell was refused");
    let (window, column) = (input.window.clone(), input.spec.data_date_column.name.clone());
    RowsOfWindow { window, column, which: told.which }
}

/// Where COPY puts the rows, and the gates look at them.
fn place(input: &PlanningInput) -> Place {
    if merges(input) { Place::Staging } else { Place::Target }
}

fn copy(input: &PlanningInput, data: &DataSet, source: CopySource, reading: Reading, listed: Listed) -> Copy {
    let spec = &input.spec;
    let is_decimal = |column: &Column| matches!(column.column_type, ColumnType::Numeric { .. });
    Copy {
        into: place(input),
        cutting: cutting(spec, &reading, input.has_cuts),
        columns: listed.columns,
        source,
        reading,
        region: data.region.clone(),
        key_case: spec.options.key_case,
        rounds_decimals: spec.columns.iter().any(is_decimal),
        // Of a merge COPY fills another table than the one whose statistics are meant.
        statupdate: spec.options.statupdate.filter(|_| !merges(input)),
    }
}

fn date_gate(input: &PlanningInput) -> DateGate {
    let implausible = match input.spec.options.future_rows {
        FutureRows::Allowed => ImplausibleGate::Open,
        FutureRows::Refused => {
            let there = input.rows.implausible.as_ref().filter(|_| !replaces_all(input) && !merges(input));
            ImplausibleGate::Closed {
                latest: ColumnValue::of(
                    input.latest_plausible(),
                    input.window.zone(),
                    input.spec.data_date_column.column_type,
                ),
                there_already: there.map_or(0, |rows| rows.count),
            }
        }
    };
    // Data of a date alone often has rows of other times, as the original did not look. Corrections have them by their nature.
    // What is to be found again by its date must have it.
    let are_replaced = input.spec.options.rewritten == OnRewritten::Replace;
    let is_added = input.window.is_of_files() && !are_replaced;
    let is_usual = input.window.is_instant() || is_added || merges(input);
    let unless_said = if is_usual { OutsideRows::Allowed } else { OutsideRows::Refused };
    let outside = input.spec.options.outside.unwrap_or(unless_said);
    let stays = input.window.is_of_files() && !merges(input);
    let there_already = if stays { input.rows.in_window } else { 0 };
    DateGate { of: place(input), rows: rows_of_window(input), outside, there_already, implausible }
}
