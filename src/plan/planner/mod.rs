//! Facts in, decision out.

mod load;
mod merge;
mod source;

use chrono::{DateTime, Utc};

use crate::model::copy_options::option::CopyOption;
use crate::model::copy_options::word::CopyWord;
use crate::model::cuts::OnCuts;
use crate::model::load_mode::LoadMode;
use crate::model::table::{FutureRows, TableState};
use crate::plan::columns::{Listed, list};
use crate::plan::cuts::word_of_template;
use crate::plan::data_set::DataSet;
use crate::plan::decision::{Decision, Refusal, SkipReason};
use crate::plan::input::{EarlierLoad, PlanningInput};
use crate::plan::merge::{Merge, NotMergeable};
use crate::plan::planner::load::load;
use crate::plan::reading::{NotReadable, Reading};
use crate::plan::settings::{Origin, Settings};
use crate::plan::step::EarlierRows;
use crate::schema::diff::compare;
use crate::schema::remedy::resolve;

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
    if let Some(refusal) = would_double(input) {
        return Decision::Refuse(refusal);
    }
    match merge(input, &listed) {
        Ok(merge) => Decision::Load(Box::new(load(input, data, reading, listed, merge))),
        Err(why) => Decision::Refuse(Refusal::NotMergeable(why)),
    }
}

/// How the data is merged, if that is asked for.
fn merge(input: &PlanningInput, listed: &Listed) -> Result<Option<Merge>, NotMergeable> {
    let Settings { mode, duplicates, .. } = &input.settings;
    // In a table config it may stand for the messages that ask for a merge.
    if mode.value != LoadMode::Merge && duplicates.origin == Origin::Message {
        return Err(NotMergeable::NoMode);
    }
    if !merges(input) {
        return Ok(None);
    }
    let duplicates = &duplicates.value;
    Merge::of(&input.spec, &input.table, &listed.columns, duplicates).map(Some)
}

/// How the files are read, and into which columns.
pub fn columns(input: &PlanningInput, data: &DataSet) -> Result<(Reading, Listed), Box<Refusal>> {
    let PlanningInput { settings, spec, .. } = input;
    // A manifest or a directory has a name that says nothing of this.
    let first = &data.files.first().expect("a data set is never empty").uri;
    let reading = Reading::of(&settings.files, data.stored);
    let refused = |why| Box::new(Refusal::NotReadable { file: first.clone(), why });
    let mut reading = reading.map_err(refused)?;
    if let Some((origin, problem)) = contradiction(input, &reading) {
        return Err(refused(NotReadable { origin, problems: vec![problem] }));
    }
    let listed = list(&reading, first, data.look.as_ref(), spec, settings.zone.value)
        .map_err(|refused| Box::new(Refusal::NotListed(refused)))?;
    if listed.are_milliseconds {
        let format = CopyOption::TimeFormat("epochmillisecs".to_owned());
        reading.options = reading.options.or(&[format]);
    }
    Ok((reading, listed))
}

/// What the config says of loads and what is said of the files, where both cannot be done.
fn contradiction(input: &PlanningInput, reading: &Reading) -> Option<(Origin, String)> {
    if reading.json_paths.is_some() && input.spec.rescue.is_some() {
        let problem = "`json_paths` and `meta.drift: rescue` do not go together, as both say where COPY finds the columns; add \
                       the path `$` for a column of type super to your file of paths, and leave `drift` away";
        return Some((input.settings.files.json_paths.origin, problem.to_owned()));
    }
    let replaces_uncounted = reading.format.is_columnar() && reading.options.says(CopyWord::AcceptInvChars);
    if replaces_uncounted && (input.spec.options.cuts != OnCuts::Allow || merges(input)) {
        let asked = if merges(input) { "`mode: merge`" } else { "`meta.cuts`" };
        let problem = format!(
            "{asked} and ACCEPTINVCHARS do not go together for {}, of which COPY does not tell what it replaces; leave the option out",
            reading.format
        );
        return Some((input.settings.files.copy_options.origin, problem));
    }
    let refuses = input.spec.options.cuts == OnCuts::Refuse;
    if refuses && reading.options.tolerance().is_some() {
        let problem = "`meta.cuts: refuse` and MAXERROR do not go together, as the one refuses what the other skips; leave MAXERROR out, \
                       or say how many rows may be skipped: `refuse_over:0.5%`";
        return Some((input.settings.files.copy_options.origin, problem.to_owned()));
    }
    let word = word_of_template(reading).filter(|_| refuses)?;
    let problem = format!(
        "`meta.cuts: refuse` and {word} of the template do not go together, as COPY cannot be told to ignore it; use another template"
    );
    Some((Origin::Config, problem))
}

/// The decision, where it needs no look at the files: nothing is to be loaded.
pub fn without_files(input: &PlanningInput) -> Option<Decision> {
    let refusal = unusable_date(input).or_else(|| unusable_table(input));
    if let Some(refusal) = refusal {
        return Some(Decision::Refuse(refusal));
    }
    // No data, no checks: a table without rows has nothing that could be older. Nor is anything that is only added.
    if !input.rows.has_any || input.order.force || input.window.is_of_files() {
        return None;
    }
    against_rows(input)
}

fn unusable_date(input: &PlanningInput) -> Option<Refusal> {
    let (date, column) = (input.date, input.spec.data_date_column.clone());
    if date.instant() > input.latest_plausible() && input.spec.options.future_rows == FutureRows::Refused {
        return Some(Refusal::ImplausibleDate { date, now: input.now });
    }
    if !date.is_held_by_columns() || !input.window.is_held_by_columns() {
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
            let resolutions = resolve(&input.spec, existing, &conflicts);
            (!conflicts.is_empty()).then_some(Refusal::Conflicts { target, conflicts, resolutions })
        }
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
    let newest = rows.newest.into_iter().chain(merged_since(input)).max();
    let not_newer = newest.map(|newest| SkipReason::NotNewer { candidate: input.date, newest });
    not_newer.or_else(|| older_in_window(input)).map(Decision::Skip)
}

/// The date of a load that is later than the data of a merge. Corrections carry the dates of what they correct, so the rows
/// do not tell it, and an older file would take later corrections back.
fn merged_since(input: &PlanningInput) -> Option<DateTime<Utc>> {
    let is_later = |newest: &&EarlierLoad| newest.data_date > input.date;
    let newest = input.earlier.newest.as_ref().filter(|_| merges(input) && input.window.can_be_stale());
    newest.filter(is_later).map(|newest| newest.data_date.instant())
}

/// Of an hour or a day the rows do not say from which of its files they are. The ledger does.
fn older_in_window(input: &PlanningInput) -> Option<SkipReason> {
    if !input.window.can_be_stale() {
        return None;
    }
    let of_later_date = |load: &&EarlierLoad| load.data_date > input.date && !are_rows_gone(load, input);
    let earlier = input.earlier.latest_of_window().filter(of_later_date)?.clone();
    let (candidate, window) = (input.date, input.window.clone());
    Some(SkipReason::OlderInWindow { candidate, window, earlier })
}

/// What an earlier load of the window brought that a DELETE by the date may leave beside the new rows: `None` when every
/// row of it was of the window, and no merge came after it, so that what the DELETE does not find is gone.
fn earlier_rows(input: &PlanningInput) -> Option<EarlierRows> {
    // A merge finds the rows that it replaces by their keys, whatever their dates.
    if !input.rows.has_any || replaces_all(input) || merges(input) {
        return None;
    }
    let column = &input.spec.data_date_column.name;
    // The very files may stand in the table as rows of another window, which the DELETE of this one need not find.
    let of_files = input.earlier.of_files().filter(|load| !load.is_of_window);
    // Whether a merge has moved some is found by their keys, where the config still says which those are.
    let has_moved =
        |load: &EarlierLoad| input.spec.primary_key.is_empty() && input.earlier.was_merged_into(load);
    let may_be_elsewhere =
        |load: &&EarlierLoad| load.rows_dated_by(column) != Some(load.rows) || has_moved(load);
    let of_window = || input.earlier.of_window().filter(may_be_elsewhere);
    of_files.or_else(of_window).map(|earlier| EarlierRows {
        target: input.spec.target.clone(),
        load_id: earlier.load_id.clone(),
        rows: earlier.rows,
        column: column.clone(),
        window: input.window.clone(),
    })
}

/// Whether the load replaces, by their date, rows that came before a merge or with it: by now they may be of another date.
fn reloads_after_merge(input: &PlanningInput) -> bool {
    let PlanningInput { earlier, spec, rows, .. } = input;
    let came_before = earlier.latest_of_window().into_iter().chain(earlier.of_files());
    let has_key = || match &input.table {
        TableState::Table(existing) => {
            spec.primary_key.iter().all(|column| existing.column(column).is_some())
        }
        TableState::Missing | TableState::SchemaMissing | TableState::NotATable(_) => false,
    };
    rows.has_any && !replaces_all(input) && !merges(input) && !spec.primary_key.is_empty() && has_key() && {
        came_before
    }
    .any(|load| earlier.was_merged_with_or_since(load))
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

fn replaces_all(input: &PlanningInput) -> bool {
    input.settings.mode.value == LoadMode::Replace
}

fn merges(input: &PlanningInput) -> bool {
    input.settings.mode.value == LoadMode::Merge
}
