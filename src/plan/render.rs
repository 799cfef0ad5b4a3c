//! A decision in words, for the person who asks `plan`.

use std::fmt::Write;

use crate::model::data_date::DataDate;
use crate::model::format::{Compression, Format};
use crate::model::ident::Ident;
use crate::model::shown::shown;
use crate::model::table::{Column, Distribution, ExistingTable, KeyCase, OutsideRows, SortKey, TableState};
use crate::model::zone::Span;
use crate::plan::columns::{By, Listed};
use crate::plan::cuts::CutsGate;
use crate::plan::data_set::{DataForm, DataSet};
use crate::plan::decision::{Decision, Refusal};
use crate::plan::input::PlanningInput;
use crate::plan::merge::Merge;
use crate::plan::planner::columns;
use crate::plan::reading::Reading;
use crate::plan::step::{DateGate, Preparation, Replaced, Step, StepKind};
use crate::plan::{LoadPlan, scaling, strangers};
use crate::schema::diff::{OtherEncoding, compare};
use crate::schema::widening::Widening;

/// Everything that was found and what follows from it. `statements` is the exact SQL, with secrets masked: of a load, or of
/// what would resolve its refusal.
pub fn text(
    input: &PlanningInput,
    data: Option<&DataSet>,
    config_name: &str,
    decision: &Decision,
    statements: &[String],
) -> String {
    let mut page = Page::default();
    writeln!(page.0, "{}", input.spec.target).expect("a String takes every text");
    page.line("data file", &data_words(input, data));
    if let Some(DataForm::Parts(counted)) = data.map(|data| &data.form) {
        page.line("parts", &counted.to_string());
    }
    page.line("data date", &input.date.to_string());
    if !input.window.is_instant() {
        let Span { start, end } = input.window.hull();
        let [start, end] = [start, end].map(|at| DataDate::from_instant(at).to_string());
        page.line("window", &format!("{start} to {end}"));
    }
    let said = input.settings.said();
    if !said.is_empty() {
        page.line("settings", &said.join(", "));
    }
    if let Some(template) = &input.settings.files.template {
        page.line("template", &format!("{}: {}", template.name, template.words()));
    }
    if let Some(data) = data
        && let Ok((reading, listed)) = columns(input, data)
    {
        let other = data.stored.format.filter(|named| *named != reading.format);
        if reading.format != Format::Json || listed.by != By::Name || other.is_some() {
            page.line("format", &format_words(&reading, other));
            // What need not be loaded was not looked at.
            if matches!(decision, Decision::Load(_)) {
                page.line("columns", &columns_words(&listed));
            }
        }
        if let Some(drift) = &listed.drift {
            page.line("drift", &drift.sentence(&input.chosen.uri));
        }
    }
    if let Some(misnamed) = input.misnamed.words() {
        page.line("other files", &misnamed);
    }
    page.line("config", config_name);
    if !input.spec.passed_over.is_empty() {
        page.line("unknown", &input.spec.passed_over.join(", "));
    }
    page.line("table", &table_words(input));
    for difference in differences(input) {
        page.line("difference", &difference);
    }
    page.line("decision", &decision_words(decision, input.order.force));
    if let Decision::Load(plan) = decision {
        page.line("scaling", &scaling::told(input, plan));
        let strangers = strangers::told(input, input.rows.in_window);
        let after = &input.spec.options.after;
        if !after.is_empty() {
            let works: Vec<&str> = after.iter().map(|work| work.label()).collect();
            page.line("after", &format!("{}, once it is committed", works.join(", ")));
        }
        for note in notes(plan).into_iter().chain(strangers) {
            page.line("note", &note);
        }
    }
    if !statements.is_empty() {
        page.0.push_str(match decision {
            Decision::Refuse(_) => "\n  to resolve it\n",
            Decision::Load(_) | Decision::Skip(_) => "\n  statements\n",
        });
        for statement in statements {
            // Keys and defaults stand in them as their writers spelt them.
            let lines: Vec<_> = statement.split('\n').map(shown).collect();
            writeln!(page.0, "    {};", lines.join("\n    ")).expect("a String takes every text");
        }
    }
    page.0
}

/// Lines of a label and a text, in two columns.
#[derive(Default)]
struct Page(String);

impl Page {
    fn line(&mut self, label: &str, text: &str) {
        writeln!(self.0, "  {label:<11} {}", shown(text)).expect("a String takes every text");
    }
}

fn data_words(input: &PlanningInput, data: Option<&DataSet>) -> String {
    let chosen = &input.chosen.uri;
    let Some(data) = data else {
        return format!("{chosen} (its files were not looked at)");
    };
    let bytes: u64 = data.files.iter().map(|file| file.size).sum();
    let files = match data.files.len() {
        1 => String::new(),
        count => format!("{count} files, "),
    };
    let packed = match data.stored.compression {
        Compression::None => String::new(),
        packed => format!(", {}", packed.name()),
    };
    format!("{chosen} ({files}{bytes} bytes{packed}, bucket in {})", data.region)
}

fn format_words(reading: &Reading, of_name: Option<Format>) -> String {
    let why = match of_name {
        Some(named) => format!(", as it is asked for, though the name of the file says {named}"),
        None if reading.by_suffix => ", by the suffix".to_owned(),
        None => String::new(),
    };
    format!("{}{why}", reading.format)
}

fn columns_words(listed: &Listed) -> String {
    let Listed { columns, by, left_out, .. } = listed;
    let names = |names: &[Ident]| names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let by = match by {
        By::Name => "by name",
        By::Paths => "by the paths, one for each in the order of the config",
        By::Rescue => "by name; the last one takes the whole object",
        By::Header => "by the header",
        By::HeaderOfOthers => {
            "by position in the order of the config, as the skipped line does not name them"
        }
        By::Position => "by position in the order of the config",
        By::Schema => "by the schema of the file",
        By::Unseen => "by position in the order of the config; those of the file were not looked at",
    };
    let left_out = match left_out.as_slice() {
        [] => String::new(),
        missing => format!("; not in the file, so that they take their default: {}", names(missing)),
    };
    format!("{by}: {}{left_out}", names(columns))
}

fn table_words(input: &PlanningInput) -> String {
    match &input.table {
        TableState::SchemaMissing => "the schema does not exist".to_owned(),
        TableState::Missing => "does not exist".to_owned(),
        TableState::NotATable(kind) => format!("is a {kind}"),
        TableState::Table(existing) => {
            let newest = match input.rows.newest {
                Some(newest) => format!("has data of {}", DataDate::from_instant(newest)),
                None if input.rows.in_window > 0 => {
                    format!("has {} rows of {}", input.rows.in_window, input.window)
                }
                None if input.rows.has_any => "all its data is older than the file".to_owned(),
                None => "no rows".to_owned(),
            };
            format!("exists with {} columns, {}; {newest}", existing.columns.len(), key_words(existing))
        }
    }
}

fn key_words(existing: &ExistingTable) -> String {
    let distribution = match &existing.distribution {
        Distribution::Auto => "DISTSTYLE AUTO".to_owned(),
        Distribution::Even => "DISTSTYLE EVEN".to_owned(),
        Distribution::All => "DISTSTYLE ALL".to_owned(),
        Distribution::Key(column) => format!("DISTKEY {column}"),
    };
    let names = |columns: &[Ident]| columns.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let order = match &existing.sort_key {
        SortKey::AutoOrNone => "no SORTKEY or AUTO".to_owned(),
        SortKey::Compound(columns) => format!("SORTKEY {}", names(columns)),
        SortKey::Interleaved(columns) => format!("INTERLEAVED SORTKEY {}", names(columns)),
    };
    format!("{distribution}, {order}")
}

fn differences(input: &PlanningInput) -> Vec<String> {
    let TableState::Table(existing) = &input.table else { return Vec::new() };
    let diff = compare(&input.spec, existing);
    let missing =
        diff.missing.iter().map(|column| format!("+ {} {} will be added", column.name, column.column_type));
    let widened = diff.widened.iter().map(|Widening { column, from, to }| {
        format!("~ {column} varchar({from}) will be widened to varchar({to})")
    });
    let conflicts = diff.conflicts.iter().map(|conflict| format!("! {conflict}"));
    let narrow = diff.narrow.iter().map(|Widening { column, from, to }| {
        format!(
            "= {column} stays varchar({from}), into which longer values do not fit; with `meta.widen: true` it would become \
             the varchar({to}) of the config"
        )
    });
    let packed = diff.packed.iter().map(|OtherEncoding { column, wanted, there }| {
        format!(
            "= {column} stays encoded {}, the config says {}: no load changes that, and Redshift may by itself",
            there.word(),
            wanted.word()
        )
    });
    let extra = diff.extra.iter().map(|name| format!("= {name} is only in the table and takes its default"));
    missing.chain(widened).chain(conflicts).chain(narrow).chain(packed).chain(extra).collect()
}

fn decision_words(decision: &Decision, force: bool) -> String {
    match decision {
        Decision::Skip(reason) => format!("skip: {reason}"),
        Decision::Refuse(Refusal::Conflicts { resolutions, .. }) => {
            let below = match resolutions.is_empty() {
                true => "",
                false => "; the statements below would change the table",
            };
            format!(
                "refuse: the table does not match its config; change one of the two where a line above starts with !{below}"
            )
        }
        Decision::Refuse(refusal) => format!("refuse: {refusal}"),
        Decision::Load(_) if force => "load, whatever the table has (force)".to_owned(),
        Decision::Load(_) => "load".to_owned(),
    }
}

fn notes(plan: &LoadPlan) -> Vec<String> {
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
        Step::CountCuts(gate) => Some(cuts_words(gate)),
        Step::CheckDates(DateGate { rows, outside: OutsideRows::Refused, .. }) => {
            Some(format!("rolled back when a row of the file is not of {}", rows.window))
        }
        Step::CheckRowCount(gate) => Some(format!("rolled back unless COPY loads {gate} rows")),
        Step::Copy(copy) if copy.key_case == KeyCase::Ignored && copy.reading.goes_by_name() => Some(
            "the config spells names with capitals, so keys of the data match in any case ('auto ignorecase'); of two keys \
             that differ in case only, Redshift takes one"
                .to_owned(),
        ),
        Step::LookAgain(_)
        | Step::CheckDeleted(_)
        | Step::Copy(_)
        | Step::CheckFiles(_)
        | Step::CheckTemplate(_)
        | Step::CheckDates(_)
        | Step::CreateWide(_)
        | Step::CopyWide(_)
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

/// Which rows of the table are replaced, and how much of it is read to find them.
fn merge_words(merge: &Merge) -> String {
    let names = |columns: &[Ident]| columns.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
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

fn cuts_words(gate: &CutsGate) -> String {
    let most = gate
        .most
        .map(|most| format!("; rolled back when more than {most} of the rows have one"))
        .unwrap_or_default();
    format!("values that do not fit are cut and counted by a second COPY, as the last load had some{most}")
}
