//! The `meta` of an entry: where its table is, and how it is loaded.

use std::time::Duration;

use strum::IntoEnumIterator;

use crate::model::after_work::AfterWork;
use crate::model::cadence;
use crate::model::copy_template::TemplateName;
use crate::model::cuts::OnCuts;
use crate::model::drift::OnDrift;
use crate::model::duplicates::Duplicates;
use crate::model::granularity::Granularity;
use crate::model::ident::Ident;
use crate::model::load_mode::LoadMode;
use crate::model::rewritten::OnRewritten;
use crate::model::table::{FutureRows, OutsideRows, TableOptions};
use crate::model::target_table::TargetTable;
use crate::model::zone::Zone;
use crate::source::table_config::keys::{self, Later, Level};
use crate::source::table_config::notes::{Context, Notes, meanings};
use crate::source::table_config::policy;
use crate::source::table_config::styles::Styles;
use crate::source::table_config::{files, own_sql};
use crate::yaml::Node;

const LEVEL: Level = Level {
    known: &[
        "schema",
        "datadatecolumn",
        "granularity",
        "timezone",
        "mode",
        "duplicates",
        "format",
        "delimiter",
        "ignore_header",
        "json_paths",
        "copy_options",
        "escape",
        "outside",
        "future_rows",
        "drift",
        "rewritten",
        "cuts",
        "statupdate",
        "parts",
        "template",
        "diststyle",
        "sortstyle",
        "pre_sql",
        "post_sql",
        "after",
        "new_columns",
        "widen",
        "narrow_columns",
        "cadence",
    ],
    later: &[Later { key: "role", neutral: &[] }],
    meant: &[
        ("cut", "cuts"),
        ("allowcuts", "cuts"),
        ("truncatecolumns", "cuts"),
        ("modes", "mode"),
        ("loadmode", "mode"),
        ("merge", "mode: merge"),
        ("upsert", "mode: merge"),
        ("dedup", "duplicates"),
        ("dup", "duplicates"),
        ("dups", "duplicates"),
        ("dedupe", "duplicates"),
        ("deduplicate", "duplicates"),
        ("afters", "after"),
        ("vacuum", "after: [vacuum]"),
        ("analyze", "after: [analyze]"),
        ("widening", "widen"),
        ("widencolumns", "widen"),
        ("newcols", "new_columns"),
        ("addcolumns", "new_columns"),
        ("presqls", "pre_sql"),
        ("postsqls", "post_sql"),
    ],
    hints: &[
        ("sortkey", "the sort key is said at its columns: `sortord: 1` for the first one"),
        ("sortkeys", "the sort key is said at its columns: `sortord: 1` for the first one"),
        ("distkey", "the dist key is said at its column: `distkey: true`"),
        ("primarykey", "the primary key is said at its columns: `primarykey: true`"),
        ("encode", "said at a column: `encode: zstd`"),
        ("missing", "what happens to columns that the table lacks is said by `new_columns`"),
        ("narrow", "what happens to a shorter VARCHAR is said by `widen` or `narrow_columns`"),
    ],
};

const OUTSIDE: [(&str, OutsideRows); 2] = [("refuse", OutsideRows::Refused), ("allow", OutsideRows::Allowed)];

/// What `meta` says, as far as it is understood.
#[derive(Default)]
pub(super) struct Meta {
    pub(super) data_date_column: Option<String>,
    pub(super) options: TableOptions,
    pub(super) styles: Styles,
}

impl Meta {
    /// Reads the `meta` of the entry, which may be missing.
    pub(super) fn read(entry: Node<'_>, target: &TargetTable, notes: &mut Notes) -> Self {
        let context = Context { before: String::new(), within: "meta.", path: "meta.".to_owned() };
        let Some(map) = entry.get("meta") else {
            notes.problems.add("`meta.schema` is missing");
            return Self::default();
        };
        if !map.is_map() {
            notes.problems.add(format!("`meta` must be a map, not {}", map.shown()));
            return Self::default();
        }
        keys::judge(map, &LEVEL, &context, notes);
        check_schema(notes.text(map, "schema", &context), target, notes);
        let future_rows = [("refuse", FutureRows::Refused), ("allow", FutureRows::Allowed)];
        let options = TableOptions {
            future_rows: notes.word(map, "future_rows", &context, &future_rows).unwrap_or_default(),
            outside: notes.word(map, "outside", &context, &OUTSIDE),
            granularity: notes.word(
                map,
                "granularity",
                &context,
                &meanings::<Granularity>(Granularity::WORDS),
            ),
            zone: zone(map, &context, notes),
            mode: notes.word(map, "mode", &context, &meanings::<LoadMode>(LoadMode::WORDS)),
            duplicates: duplicates(map, &context, notes),
            drift: notes
                .word(map, "drift", &context, &meanings::<OnDrift>(OnDrift::WORDS))
                .unwrap_or_default(),
            rewritten: notes
                .word(map, "rewritten", &context, &meanings::<OnRewritten>(OnRewritten::WORDS))
                .unwrap_or_default(),
            cuts: cuts(map, &context, notes).unwrap_or_default(),
            files: files::read(map, &context, notes),
            statupdate: statupdate(map, &context, notes),
            parts: parts(map, &context, notes),
            template: template(map, &context, notes),
            own_sql: own_sql::read(map, &context, notes),
            after: after(map, &context, notes),
            schema_policy: policy::read(map, &context, notes),
            cadence: cadence(map, &context, notes),
            ..TableOptions::default()
        };
        Self {
            data_date_column: notes.text(map, "datadatecolumn", &context).map(str::to_owned),
            options,
            styles: Styles::read(map, &context, notes),
        }
    }
}

fn check_schema(schema: Option<&str>, target: &TargetTable, notes: &mut Notes) {
    let problem = match schema.map(Ident::new) {
        None => "`meta.schema` is missing".to_owned(),
        Some(Err(error)) => format!("`meta.schema`: {error}"),
        Some(Ok(schema)) if schema == target.schema => return,
        Some(Ok(schema)) => {
            format!("it is for schema `{schema}`, but the message asks for schema `{}`", target.schema)
        }
    };
    notes.problems.add(problem);
}

fn zone(map: Node<'_>, context: &Context, notes: &mut Notes) -> Option<Zone> {
    let name = notes.text(map, "timezone", context)?;
    let zone = Zone::parse(name).map_err(|error| format!("{}: {error}", context.key("timezone")));
    notes.problems.noted(zone)
}

fn duplicates(map: Node<'_>, context: &Context, notes: &mut Notes) -> Option<Duplicates> {
    let text = notes.text(map, "duplicates", context)?;
    let read = Duplicates::parse(text).map_err(|problem| format!("{} {problem}", context.key("duplicates")));
    notes.problems.noted(read)
}

fn cuts(map: Node<'_>, context: &Context, notes: &mut Notes) -> Option<OnCuts> {
    let text = notes.text(map, "cuts", context)?;
    let read = OnCuts::parse(text).map_err(|problem| format!("{} {problem}", context.key("cuts")));
    notes.problems.noted(read)
}

fn cadence(map: Node<'_>, context: &Context, notes: &mut Notes) -> Option<Duration> {
    map.get("cadence").filter(|value| !value.is_null())?;
    let text = notes.text(map, "cadence", context)?;
    let read = cadence::parse(text).map_err(|problem| format!("{} {problem}", context.key("cadence")));
    notes.problems.noted(read)
}

fn template(map: Node<'_>, context: &Context, notes: &mut Notes) -> Option<TemplateName> {
    map.get("template").filter(|value| !value.is_null())?;
    let text = notes.text(map, "template", context)?;
    let name = TemplateName::parse(text).map_err(|error| format!("{}: {error}", context.key("template")));
    notes.problems.noted(name)
}

fn parts(map: Node<'_>, context: &Context, notes: &mut Notes) -> Option<u32> {
    map.get("parts").filter(|value| !value.is_null())?;
    let before = notes.problems.count();
    let parts = notes.number(map, "parts", context);
    if parts == 0 && notes.problems.count() == before {
        notes.problems.add("`meta.parts` must be a number of files, and 0 files make nothing whole");
    }
    Some(parts)
}

/// A list of words, each once.
fn after(map: Node<'_>, context: &Context, notes: &mut Notes) -> Vec<AfterWork> {
    let Some(value) = map.get("after").filter(|value| !value.is_null()) else { return Vec::new() };
    let word =
        |node: Node<'_>| AfterWork::iter().find(|work| node.scalar().is_some_and(|s| s.text == work.label()));
    let works: Option<Vec<AfterWork>> = value.items().and_then(|items| items.map(word).collect());
    let is_once = |works: &Vec<AfterWork>| {
        (1..works.len()).all(|at| !works.iter().take(at).any(|w| works.get(at) == Some(w)))
    };
    works.filter(is_once).unwrap_or_else(|| {
        notes
            .problems
            .add(format!("{} must be a list of analyze and vacuum, each once", context.key("after")));
        Vec::new()
    })
}

/// `on` without quotes is a boolean to one library and a text to another; here it is what it says.
fn statupdate(map: Node<'_>, context: &Context, notes: &mut Notes) -> Option<bool> {
    let scalar = notes.scalar(map, "statupdate", context)?;
    if let Some(switch) = scalar.boolean() {
        return Some(switch);
    }
    notes.word(map, "statupdate", context, &[("on", true), ("off", false)])
}
