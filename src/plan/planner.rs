//! Facts in, decision out.

use crate::model::column_type::ColumnType;
use crate::model::load_id::LoadKey;
use crate::model::load_mode::LoadMode;
use crate::model::object::{ObjectMeta, ObjectUri};
use crate::model::table::{Column, FutureRows, OutsideRows, TableState};
use crate::model::window::rows::ColumnValue;
use crate::plan::check::check;
use crate::plan::columns::{Listed, list};
use crate::plan::decision::{Decision, Refusal, SkipReason};
use crate::plan::input::{DataForm, DataSet, EarlierLoad, PlanningInput};
use crate::plan::reading::Reading;
use crate::plan::row_count::RowCountGate;
use crate::plan::step::{
    Copy, CopySource, DateGate, EarlierRows, FilesAsListed, ImplausibleGate, Preparation, Replaced,
    RowsOfWindow, Step,
};
use crate::plan::{LedgerRow, LoadPlan, fingerprint};
use crate::schema::diff::compare;
use crate::source::manifest::{self, ListedFile};

/// Decides about one table of one request.
pub fn plan(input: &PlanningInput, data: &DataSet) -> Decision {
    if let Some(decision) = without_files(input) {
        return decision;
    }
    let (reading, listed) = match columns(input, data) {
        Ok(columns) => columns,
        Err(refusal) => return Decision::Refuse(*refusal),
    };
    // Not before it is known that they are other files than those of the earlier load.
    match would_double(input) {
        Some(refusal) => Decision::Refuse(refusal),
        None => Decision::Load(load(input, data, reading, listed)),
    }
}

/// How the files are read, and into which columns.
pub fn columns(input: &PlanningInput, data: &DataSet) -> Result<(Reading, Listed), Box<Refusal>> {
    let PlanningInput { settings, spec, .. } = input;
    let file = input.chosen.uri.clone();
    let reading = Reading::of(&settings.files, data.stored);
    let reading = reading.map_err(|why| Box::new(Refusal::NotReadable { file, why }))?;
    let listed = list(&reading, data.look.as_ref(), spec, settings.zone.value)
        .map_err(|refused| Box::new(Refusal::NotListed(refused)))?;
    Ok((reading, listed))
}

/// The decision, where it needs no look at the files: nothing is to be loaded.
pub fn without_files(input: &PlanningInput) -> Option<Decision> {
    let refusal = unusable_date(input).or_else(|| unusable_table(input));
    if let Some(refusal) = refusal {
        return Some(Decision::Refuse(refusal));
    }
    // No data, no checks: a table without rows has nothing that could be older.
    if !input.rows.has_any || input.order.force {
        return None;
    }
    against_rows(input)
}

fn unusable_date(input: &PlanningInput) -> Option<Refusal> {
    let (date, column) = (input.date, input.spec.data_date_column.clone());
    if date.instant() > input.latest_plausible() && input.spec.options.future_rows == FutureRows::Refused {
        return Some(Refusal::ImplausibleDate { date, now: input.now });
    }
    if !date.is_held_by_columns() {
        return Some(Refusal::DateNotHeld(date));
    }
    let why = input.window_rows().err()?;
    Some(Refusal::WindowNotTold { column, window: input.window.clone(), why })
}

fn unusable_table(input: &PlanningInput) -> Option<Refusal> {
    let target = input.spec.target.clone();
    match &input.table {
        TableState::SchemaMissing => Some(Refusal::SchemaMissing(target)),
        TableState::NotATable(kind) => Some(Refusal::NotATable { target, kind }),
        TableState::Missing => None,
        TableState::Table(existing) => {
            let conflicts = compare(&input.spec, existing).conflicts;
            (!conflicts.is_empty()).then_some(Refusal::Conflicts { target, conflicts })
        }
    }
}

fn missing_columns(input: &PlanningInput) -> Vec<Column> {
    match &input.table {
        TableState::Table(existing) => compare(&input.spec, existing).missing,
        TableState::SchemaMissing | TableState::NotATable(_) | TableState::Missing => Vec::new(),
    }
}

/// What the rows of the table, and the loads that brought them, have to say against a load that is not forced.
fn against_rows(input: &PlanningInput) -> Option<Decision> {
    let PlanningInput { spec, rows, earlier, .. } = input;
    if let Some(implausible) = &rows.implausible
        && spec.options.future_rows == FutureRows::Refused
    {
        let (target, column) = (spec.target.clone(), spec.data_date_column.clone());
        let rows = implausible.clone();
        return Some(Decision::Refuse(Refusal::ImplausibleRows { target, column, rows }));
    }
    if let Some(earlier) = earlier.of_files().filter(|load| !are_rows_gone(load, input)) {
        let known = earlier.config_fingerprint.as_ref();
        let config_changed = known.is_some_and(|known| *known != input.config_fingerprint);
        let earlier = earlier.clone();
        return Some(Decision::Skip(SkipReason::SameFiles { earlier, config_changed }));
    }
    rows.newest.map(|newest| Decision::Skip(SkipReason::NotNewer { candidate: input.date, newest }))
}

/// What an earlier load of the window brought that a DELETE by the date may leave beside the new rows: `None` when every
/// row of it was of the window, so that what the DELETE does not find is gone.
fn earlier_rows(input: &PlanningInput) -> Option<EarlierRows> {
    if !input.rows.has_any || replaces_all(input) {
        return None;
    }
    let column = &input.spec.data_date_column.name;
    // The very files may stand in the table as rows of another window, which the DELETE of this one need not find.
    let of_files = input.earlier.of_files().filter(|load| !load.is_of_window);
    let of_window = || input.earlier.of_window().filter(|load| load.rows_dated_by(column) != Some(load.rows));
    of_files.or_else(of_window).map(|earlier| EarlierRows {
        target: input.spec.target.clone(),
        load_id: earlier.load_id.clone(),
        rows: earlier.rows,
        column: column.clone(),
        window: input.window.clone(),
    })
}

fn would_double(input: &PlanningInput) -> Option<Refusal> {
    earlier_rows(input)?.left_by(input.rows.in_window).map(Refusal::WouldDouble)
}

/// Whether somebody has removed the rows that a load brought: of those that were of its window, none is there now. Of another
/// window than the file's nobody has counted them.
fn are_rows_gone(load: &EarlierLoad, input: &PlanningInput) -> bool {
    let dated = load.rows_dated_by(&input.spec.data_date_column.name);
    load.is_of_window && dated.is_some_and(|rows| rows > 0) && input.rows.in_window == 0
}

fn load(input: &PlanningInput, data: &DataSet, reading: Reading, listed: Listed) -> LoadPlan {
    let PlanningInput { order, spec, .. } = input;
    let key = LoadKey {
        target: spec.target.clone(),
        window: input.window.clone(),
        fingerprint: fingerprint::of_files(&data.files),
    };
    let (source, manifest) = copy_source(input, data, &reading, &key);
    let mut preparation: Vec<Preparation> =
        missing_columns(input).into_iter().map(Preparation::AddColumn).collect();
    preparation.extend(manifest);

    let mut transaction = Vec::new();
    if input.table == TableState::Missing {
        transaction.push(Step::CreateTable(spec.clone()));
    } else {
        transaction.push(Step::Delete(replaced(input)));
        transaction.push(Step::LookAgain(input.loads_since.clone()));
        transaction.extend(earlier_rows(input).map(Step::CheckDeleted));
    }
    let files = files_as_listed(input, data, &source);
    transaction.push(Step::Copy(copy(input, data, source, reading, listed)));
    transaction.push(Step::CheckFiles(files));
    transaction.push(Step::CheckDates(date_gate(input)));
    let gate = RowCountGate::new(
        order.terms.expected_rows,
        input.row_count_policy,
        &input.recent_row_counts,
        order.force,
    );
    if !gate.is_open() {
        transaction.push(Step::CheckRowCount(gate));
    }
    if !order.covered.is_empty() {
        transaction.push(Step::RecordSuperseded(order.covered.clone()));
    }
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
        forced: order.force,
        bytes: data.files.iter().map(|file| file.size).sum(),
        started_at: input.now,
    };
    let plan = LoadPlan { key, ledger_row, preparation, transaction };
    debug_assert_eq!(check(&plan), Vec::new(), "the planner makes no plan with a fault");
    plan
}

fn replaces_all(input: &PlanningInput) -> bool {
    input.settings.mode.value == LoadMode::Replace
}

fn replaced(input: &PlanningInput) -> Replaced {
    if replaces_all(input) {
        return Replaced::All;
    }
    Replaced::Window(rows_of_window(input))
}

fn rows_of_window(input: &PlanningInput) -> RowsOfWindow {
    let told = input.window_rows().expect("a window that its column cannot tell was refused");
    let (window, column) = (input.window.clone(), input.spec.data_date_column.name.clone());
    RowsOfWindow { window, column, which: told.which }
}

fn copy(input: &PlanningInput, data: &DataSet, source: CopySource, reading: Reading, listed: Listed) -> Copy {
    let spec = &input.spec;
    let is_decimal = |column: &Column| matches!(column.column_type, ColumnType::Numeric { .. });
    Copy {
        columns: listed.columns,
        source,
        reading,
        region: data.region.clone(),
        key_case: spec.options.key_case,
        rounds_decimals: spec.columns.iter().any(is_decimal),
        statupdate: spec.options.statupdate,
    }
}

fn files_as_listed(input: &PlanningInput, data: &DataSet, source: &CopySource) -> FilesAsListed {
    match (source, &data.form) {
        (CopySource::Object(_), _) => FilesAsListed::Prefix(input.chosen.clone()),
        (CopySource::Manifest(_), DataForm::StrictManifest | DataForm::LenientManifest) => {
            FilesAsListed::Each([&input.chosen].into_iter().chain(&data.files).cloned().collect())
        }
        // A mark that was written again speaks of other parts.
        (CopySource::Manifest(_), DataForm::Parts(counted)) => {
            FilesAsListed::Each(counted.mark.iter().chain(&data.files).cloned().collect())
        }
        (CopySource::Manifest(_), _) => FilesAsListed::Each(data.files.clone()),
    }
}

fn date_gate(input: &PlanningInput) -> DateGate {
    let implausible = match input.spec.options.future_rows {
        FutureRows::Allowed => ImplausibleGate::Open,
        FutureRows::Refused => {
            let there = input.rows.implausible.as_ref().filter(|_| !replaces_all(input));
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
    // Data of a date alone often has rows of other times, as the original did not look.
    let unless_said = if input.window.is_instant() { OutsideRows::Allowed } else { OutsideRows::Refused };
    let outside = input.spec.options.outside.unwrap_or(unless_said);
    DateGate { rows: rows_of_window(input), outside, implausible }
}

/// COPY takes the path of an object for a prefix (redshift-facts 0.13), and passes over a missing file of a manifest
/// unless its entry is mandatory: wherever that could change what is loaded, a manifest of our own names the files.
///
/// Of columnar files COPY wants to know the sizes, which a producer's manifest may lack (redshift-facts 1.9).
fn copy_source(
    input: &PlanningInput,
    data: &DataSet,
    reading: &Reading,
    key: &LoadKey,
) -> (CopySource, Option<Preparation>) {
    let chosen = input.chosen.uri.clone();
    let with_sizes = reading.format.is_columnar();
    match &data.form {
        DataForm::LoneObject => (CopySource::Object(chosen), None),
        DataForm::StrictManifest if !with_sizes => (CopySource::Manifest(chosen), None),
        DataForm::ObjectWithLongerNeighbours
        | DataForm::StrictManifest
        | DataForm::LenientManifest
        | DataForm::Parts(_) => {
            let folder = &input.manifest_folder;
            let uri = ObjectUri {
                bucket: folder.bucket.clone(),
                key: manifest::generated_key(&folder.key, &key.target, &key.fingerprint),
            };
            let listed = |file: &ObjectMeta| ListedFile {
                uri: file.uri.clone(),
                content_length: with_sizes.then_some(file.size),
            };
            let files = data.files.iter().map(listed).collect();
            let region = data.region.clone();
            (CopySource::Manifest(uri.clone()), Some(Preparation::WriteManifest { uri, files, region }))
        }
    }
}
