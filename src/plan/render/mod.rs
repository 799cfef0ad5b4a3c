//! A decision in words, for the person who asks `plan`; and the same as [`facts`], for programs.

pub mod facts;
pub mod data_check;
mod notes;
pub mod table;

use std::fmt::Write;

use crate::model::data_date::DataDate;
use crate::model::format::{Compression, Format};
use crate::model::ident::Ident;
use crate::model::shown::shown;
use crate::model::zone::Span;
use crate::plan::columns::{By, Listed};
use crate::plan::data_set::{DataForm, DataSet};
use crate::plan::decision::{Decision, Refusal};
use crate::plan::input::PlanningInput;
use crate::plan::planner::columns;
use crate::plan::reading::Reading;
use crate::plan::{LoadPlan, merge, scaling, strangers};

use notes::notes;
use table::{differences, table_words};

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
        page.line("difference", &difference.to_string());
    }
    page.line("decision", &decision_words(decision, input.order.force));
    if let Decision::Load(plan) = decision {
        page.line("scaling", &scaling::told(input, plan));
        let after = &input.spec.options.after;
        if !after.is_empty() {
            let works: Vec<&str> = after.iter().map(|work| work.label()).collect();
            page.line("after", &format!("{}, once it is committed", works.join(", ")));
        }
        for note in notes_of_load(input, data, plan) {
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

/// What is to be said of the load: of its steps, and of the data.
fn notes_of_load(input: &PlanningInput, data: Option<&DataSet>, plan: &LoadPlan) -> Vec<String> {
    let strangers = strangers::told(input, input.rows.in_window);
    let refused = data.and_then(DataSet::refused_by_copy);
    let refused = refused.map(|(file, clause)| format!("COPY will refuse the data: {file} {clause}"));
    let unused = merge::unused_duplicates(&input.settings).map(str::to_owned);
    notes(plan).into_iter().chain(strangers).chain(refused).chain(unused).collect()
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
    let by = by_words(*by);
    let left_out = match left_out.as_slice() {
        [] => String::new(),
        missing => format!("; not in the file, so that they take their default: {}", names(missing)),
    };
    format!("{by}: {}{left_out}", names(columns))
}

/// How the columns of the file are found.
fn by_words(by: By) -> &'static str {
    match by {
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
    }
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
