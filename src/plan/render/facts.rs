//! What `plan` says, as data for programs: the JSON of `plan --json`. Keys are only ever added.

use serde::Serialize;

use crate::failure::Failure;
use crate::model::data_date::DataDate;
use crate::model::format::Compression;
use crate::model::ident::Ident;
use crate::model::target_table::TargetTable;
use crate::plan::columns::Listed;
use crate::plan::data_check::DataCheck;
use crate::plan::data_set::{DataForm, DataSet};
use crate::plan::decision::Decision;
use crate::plan::input::PlanningInput;
use crate::plan::planner::columns;
use crate::plan::render::table::{Difference, differences, table_words};
use crate::plan::render::{by_words, notes_of_load};
use crate::plan::scaling;

/// One table: what was found, and what follows from it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlannedTable {
    pub table: String,
    /// `load`, `skip`, `refuse`, or `failed` when the facts could not be gathered.
    pub decision: &'static str,
    /// Why nothing would be loaded; `None` with a load.
    pub reason: Option<String>,
    /// The class of the reason: of a skip, or the kind of the failure.
    pub kind: Option<&'static str>,
    /// At which step the facts could not be gathered.
    pub stage: Option<&'static str>,
    /// `None` when the facts could not be gathered.
    pub found: Option<Found>,
    /// What else is to be said of the load.
    pub notes: Vec<String>,
    /// Of the load in order, with secrets masked.
    pub statements: Vec<String>,
    /// That would resolve the refusal. Nobody runs them.
    pub resolving_statements: Vec<String>,
    /// `None` when it was not asked for, or there is nothing to load.
    pub data_check: Option<DataCheck>,
}

/// The facts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Found {
    pub source: String,
    /// Files, and their bytes as stored; `None` when they were not looked at.
    pub files: Option<usize>,
    pub bytes: Option<u64>,
    pub compression: Option<&'static str>,
    /// Of the bucket.
    pub region: Option<String>,
    /// How many parts there are, and how that is known.
    pub parts: Option<String>,
    pub data_date: String,
    /// Whose rows the load replaces; the end is not part of it. `None` for the rows of the very date.
    pub window: Option<Window>,
    /// Settings that message or config say, with where each comes from.
    pub settings: Vec<String>,
    pub template: Option<String>,
    /// `None` when it was not to be known.
    pub format: Option<&'static str>,
    /// The columns that COPY fills, in its order; empty unless something would be loaded.
    pub columns: Vec<String>,
    pub columns_by: Option<&'static str>,
    /// Columns of the config that the file lacks.
    pub columns_left_out: Vec<String>,
    /// Fields of the file that the config lacks.
    pub drift: Option<String>,
    /// Objects that are passed over for their names.
    pub other_files: Option<String>,
    pub config: String,
    /// Keys of the config that mean nothing here.
    pub unknown_keys: Vec<String>,
    pub table: String,
    pub differences: Vec<Difference>,
    /// Whether a load of this kind can run on a scaling cluster.
    pub scaling: Option<String>,
    /// Done to the table once the load is committed.
    pub after: Vec<&'static str>,
}

/// A span of time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Window {
    pub start: String,
    pub end: String,
}

/// Everything that was found and what follows from it. `statements` is the exact SQL, with secrets masked.
pub fn of_plan(
    input: &PlanningInput,
    data: Option<&DataSet>,
    config_name: &str,
    decision: &Decision,
    statements: Vec<String>,
) -> PlannedTable {
    let (word, reason, kind) = match decision {
        Decision::Load(_) => ("load", None, None),
        Decision::Skip(reason) => ("skip", Some(reason.to_string()), Some(reason.label())),
        Decision::Refuse(refusal) => ("refuse", Some(refusal.to_string()), Some(refusal.kind().label())),
    };
    let notes = match decision {
        Decision::Load(plan) => notes_of_load(input, data, plan),
        Decision::Skip(_) | Decision::Refuse(_) => Vec::new(),
    };
    let (statements, resolving_statements) = match decision {
        Decision::Refuse(_) => (Vec::new(), statements),
        Decision::Load(_) | Decision::Skip(_) => (statements, Vec::new()),
    };
    PlannedTable {
        table: input.spec.target.to_string(),
        decision: word,
        reason,
        kind,
        stage: None,
        found: Some(found(input, data, config_name, decision)),
        notes,
        statements,
        resolving_statements,
        data_check: None,
    }
}

/// That the facts could not be gathered.
pub fn of_failure(target: &TargetTable, failure: &Failure) -> PlannedTable {
    PlannedTable {
        table: target.to_string(),
        decision: "failed",
        reason: Some(failure.sentence.to_string()),
        kind: Some(failure.kind.label()),
        stage: Some(failure.stage.label()),
        found: None,
        notes: Vec::new(),
        statements: Vec::new(),
        resolving_statements: Vec::new(),
        data_check: None,
    }
}

fn found(input: &PlanningInput, data: Option<&DataSet>, config_name: &str, decision: &Decision) -> Found {
    let read = data.and_then(|data| columns(input, data).ok());
    let (format, listed) = match read {
        Some((reading, listed)) => (Some(reading.format.word()), Some(listed)),
        None => (None, None),
    };
    let plan = match decision {
        Decision::Load(plan) => Some(plan),
        Decision::Skip(_) | Decision::Refuse(_) => None,
    };
    // What need not be loaded was not looked at.
    let Filled { names, by, left_out } =
        listed.as_ref().filter(|_| plan.is_some()).map(Filled::of).unwrap_or_default();
    Found {
        source: input.chosen.uri.to_string(),
        files: data.map(|data| data.files.len()),
        bytes: data.map(|data| data.files.iter().map(|file| file.size).sum()),
        compression: data.and_then(|data| match data.stored.compression {
            Compression::None => None,
            packed => Some(packed.name()),
        }),
        region: data.map(|data| data.region.clone()),
        parts: data.and_then(|data| match &data.form {
            DataForm::Parts(counted) => Some(counted.to_string()),
            _ => None,
        }),
        data_date: input.date.to_string(),
        window: (!input.window.is_instant()).then(|| {
            let span = input.window.hull();
            let [start, end] =
                [span.start, span.end].map(|instant| DataDate::from_instant(instant).to_string());
            Window { start, end }
        }),
        settings: input.settings.said(),
        template: input.settings.files.template.as_ref().map(|template| template.name.to_string()),
        format,
        columns: names,
        columns_by: by,
        columns_left_out: left_out,
        drift: listed.and_then(|listed| listed.drift).map(|drift| drift.sentence(&input.chosen.uri)),
        other_files: input.misnamed.words(),
        config: config_name.to_owned(),
        unknown_keys: input.spec.passed_over.clone(),
        table: table_words(input),
        differences: differences(input),
        scaling: plan.map(|plan| scaling::told(input, plan)),
        after: plan
            .map_or_else(Vec::new, |_| input.spec.options.after.iter().map(|work| work.label()).collect()),
    }
}

/// The columns that COPY fills.
#[derive(Default)]
struct Filled {
    names: Vec<String>,
    by: Option<&'static str>,
    left_out: Vec<String>,
}

impl Filled {
    fn of(listed: &Listed) -> Self {
        let names = |names: &[Ident]| names.iter().map(ToString::to_string).collect();
        Self {
            names: names(&listed.columns),
            by: Some(by_words(listed.by)),
            left_out: names(&listed.left_out),
        }
    }
}
