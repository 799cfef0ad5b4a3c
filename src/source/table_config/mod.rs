//! The table config: YAML of the original's shape to a [`TableSpec`], with every problem in it reported at once.

pub mod written;
pub mod column;
mod files;
mod identity;
mod keys;
mod meta;
mod notes;
mod own_sql;
mod policy;
mod rescue;
mod styles;

use std::fmt;

use crate::model::ident::Ident;
use crate::model::shown::excerpt;
use crate::model::table::{DataDateColumn, KeyCase, TableOptions, TableSpec};
use crate::model::target_table::TargetTable;
use crate::source::table_config::column::ColumnEntry;
use crate::source::table_config::keys::Level;
use crate::source::table_config::meta::Meta;
use crate::source::table_config::notes::{Context, Notes};
use crate::yaml::{self, Node};

/// Redshift's limit (redshift-facts 3.7).
const MAX_COLUMNS: usize = 1600;

/// Keys of a file that are looked at when no entry has the right `dest`.
const KEYS_CONSIDERED: usize = 10_000;

const ENTRY: Level = Level { known: &["dest", "columns", "meta"], later: &[], meant: &[], hints: &[] };

/// Everything that is wrong with a table config.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct InvalidTableConfig {
    /// Never empty.
    pub problems: Vec<String>,
}

impl fmt::Display for InvalidTableConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problems.join("; "))
    }
}

/// Reads the entry of `target` out of a config file.
///
/// The entry is found by its `dest`; its `meta.schema` must be the target's. Entries of other tables are not judged, but
/// the file as a whole must be sound YAML.
pub fn parse(text: &str, target: &TargetTable) -> Result<TableSpec, InvalidTableConfig> {
    let tree = yaml::read::read(text).map_err(|problems| InvalidTableConfig { problems })?;
    let mut candidates = Vec::new();
    if let Some(root) = tree.root() {
        let Some(entries) = root.pairs() else {
            return Err(one(format!("it is not a YAML map of tables (line {})", root.line())));
        };
        candidates.extend(entries.map(|(_, entry)| entry).filter(|entry| has_dest(*entry, "dest", target)));
    }
    match candidates.as_slice() {
        [] => {
            Err(one(format!("it has no entry with `dest: {}`{}", target.table, nearly_dest(&tree, target))))
        }
        [entry] => spec(*entry, target),
        several => Err(one(format!("it has {} entries with `dest: {}`", several.len(), target.table))),
    }
}

fn has_dest(entry: Node<'_>, key: &str, target: &TargetTable) -> bool {
    let dest = entry.get(key).and_then(Node::scalar);
    dest.is_some_and(|dest| dest.text.eq_ignore_ascii_case(target.table.as_str()))
}

/// The end of a sentence, when an entry names the table under a key that is nearly `dest`.
fn nearly_dest(tree: &yaml::Tree, target: &TargetTable) -> String {
    let entries = tree.root().and_then(Node::pairs).into_iter().flatten();
    let mut keys =
        entries.flat_map(|(_, entry)| entry.pairs().into_iter().flatten().map(move |(key, _)| (key, entry)));
    let found = keys.by_ref().take(KEYS_CONSIDERED).find(|(key, entry)| {
        key.text != "dest" && keys::nearly(*key, &ENTRY) == Some("dest") && has_dest(*entry, key.text, target)
    });
    match found {
        Some((key, _)) => format!("; `{}` on line {} must be written `dest`", excerpt(key.text), key.line),
        None => String::new(),
    }
}

fn spec(entry: Node<'_>, target: &TargetTable) -> Result<TableSpec, InvalidTableConfig> {
    let mut notes = Notes::default();
    let context = Context { before: String::new(), within: "", path: String::new() };
    keys::judge(entry, &ENTRY, &context, &mut notes);
    let mut entries = columns(entry, &mut notes);
    let meta = Meta::read(entry, target, &mut notes);
    let rescue = rescue::of(meta.options.drift, &mut entries, &mut notes);
    let named = |wanted: &dyn Fn(&ColumnEntry) -> bool| -> Vec<Ident> {
        entries.iter().filter(|entry| wanted(entry)).map(|entry| entry.name.clone()).collect()
    };
    let distribution = meta.styles.distribution(named(&|entry| entry.distkey), &mut notes);
    let sort_key = meta.styles.sort_key(sorted_columns(&entries, &mut notes), &mut notes);
    for ColumnEntry { name, column_type, distkey, sortord, .. } in &entries {
        if let Some(column_type) = column_type
            && (*distkey || *sortord > 0)
            && !column_type.can_be_key()
        {
            notes
                .problems
                .add(format!("column `{name}` is of type {column_type}, which cannot be a dist or sort key"));
        }
    }
    let data_date_column = find_data_date_column(&meta, &entries, &mut notes);
    let primary_key = named(&|entry| entry.primarykey);
    let has_capitals = entries.iter().any(ColumnEntry::has_capitals);
    let key_case = if has_capitals { KeyCase::Ignored } else { KeyCase::Lower };
    match data_date_column {
        Some(data_date_column) if notes.problems.is_empty() => Ok(TableSpec {
            target: target.clone(),
            columns: entries.into_iter().filter_map(ColumnEntry::into_column).collect(),
            primary_key,
            distribution,
            sort_key,
            data_date_column,
            rescue,
            options: TableOptions { key_case, ..meta.options },
            passed_over: notes.passed_over.into_list(),
        }),
        _ => Err(InvalidTableConfig { problems: notes.problems.into_list() }),
    }
}

/// The columns that are sound in themselves.
fn columns(entry: Node<'_>, notes: &mut Notes) -> Vec<ColumnEntry> {
    let Some(list) = entry.get("columns") else {
        notes.problems.add("`columns` is empty");
        return Vec::new();
    };
    let Some(items) = list.items() else {
        notes.problems.add(format!("`columns` must be a list, not {}", list.shown()));
        return Vec::new();
    };
    if items.len() == 0 {
        notes.problems.add("`columns` is empty");
    }
    if items.len() > MAX_COLUMNS {
        let count = items.len();
        notes.problems.add(format!("it has {count} columns; a Redshift table has at most {MAX_COLUMNS}"));
        return Vec::new();
    }
    let mut columns: Vec<ColumnEntry> = Vec::new();
    for (index, item) in items.enumerate() {
        let Some(entry) = column::read(index, item, notes) else { continue };
        if columns.iter().any(|known| known.name == entry.name) {
            notes.problems.add(format!("column `{}` is there twice", entry.name));
        }
        columns.push(entry);
    }
    columns
}

fn sorted_columns(entries: &[ColumnEntry], notes: &mut Notes) -> Vec<Ident> {
    let mut positions: Vec<(u32, &Ident)> =
        entries.iter().filter(|entry| entry.sortord > 0).map(|entry| (entry.sortord, &entry.name)).collect();
    positions.sort_unstable();
    if positions.windows(2).any(|pair| matches!(pair, [(left, _), (right, _)] if left == right)) {
        notes.problems.add("two columns have the same `sortord`");
    }
    positions.into_iter().map(|(_, name)| name.clone()).collect()
}

fn find_data_date_column(meta: &Meta, entries: &[ColumnEntry], notes: &mut Notes) -> Option<DataDateColumn> {
    let Some(wanted) = meta.data_date_column.as_deref() else {
        notes.problems.add("`meta.datadatecolumn` is missing");
        return None;
    };
    let wanted = Ident::new(wanted).map_err(|error| format!("`meta.datadatecolumn`: {error}"));
    let wanted = notes.problems.noted(wanted)?;
    if entries.is_empty() {
        return None;
    }
    let Some(ColumnEntry { name, column_type, .. }) = entries.iter().find(|entry| entry.name == wanted)
    else {
        notes.problems.add(format!("`meta.datadatecolumn` names `{wanted}`, which is not among the columns"));
        return None;
    };
    let column_type = (*column_type)?;
    if !column_type.holds_dates() {
        notes.problems.add(format!(
            "`meta.datadatecolumn` names `{wanted}` of type {column_type}; it must be timestamp, timestamptz or date"
        ));
    }
    Some(DataDateColumn { name: name.clone(), column_type })
}

fn one(problem: String) -> InvalidTableConfig {
    InvalidTableConfig { problems: vec![problem] }
}

#[cfg(test)]
mod tests;
