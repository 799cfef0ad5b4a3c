//! The table config: YAML of the original's shape to a [`TableSpec`], with every problem in it reported at once.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde_yaml::Value;

use crate::model::column_type::ColumnType;
use crate::model::default_value::DefaultValue;
use crate::model::ident::Ident;
use crate::model::table::{Column, ColumnDefault, DataDateColumn, TableSpec};
use crate::model::target_table::TargetTable;

/// What a default may call. A config is a producer's, and its DDL runs with the loader's rights.
const DEFAULT_CALLS: [&str; 7] =
    ["getdate", "sysdate", "now", "current_date", "current_timestamp", "current_user", "user"];

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

/// One entry of the file. Unknown keys are left alone, as producers keep their own notes there.
#[derive(Deserialize)]
struct Entry {
    dest: Option<String>,
    #[serde(default)]
    columns: Vec<Value>,
    meta: Option<Meta>,
}

#[derive(Deserialize)]
struct Meta {
    schema: Option<String>,
    datadatecolumn: Option<String>,
}

#[derive(Deserialize)]
struct ColumnEntry {
    dest: Option<String>,
    #[serde(rename = "type")]
    column_type: Option<String>,
    #[serde(default)]
    primarykey: bool,
    #[serde(default)]
    notnull: bool,
    #[serde(default)]
    distkey: bool,
    /// Place in the sort key, from 1; 0 as the original wrote it for none.
    #[serde(default)]
    sortord: u32,
    defaultval: Option<Value>,
}

/// Reads the entry of `target` out of a config file.
///
/// The entry is found by its `dest`; its `meta.schema` must be the target's. Entries of other tables are not judged.
pub fn parse(text: &str, target: &TargetTable) -> Result<TableSpec, InvalidTableConfig> {
    let file: BTreeMap<String, Value> = serde_yaml::from_str(text)
        .map_err(|error| one(format!("it is not a YAML map of tables{}", place(&error))))?;
    let mut candidates = Vec::new();
    for (key, value) in file {
        let dest = value.get("dest").and_then(Value::as_str).map(str::to_ascii_lowercase);
        if dest.as_deref() == Some(target.table.as_str()) {
            let entry: Entry =
                serde_yaml::from_value(value).map_err(|error| one(format!("entry `{key}`: {error}")))?;
            candidates.push(entry);
        }
    }
    match candidates.as_slice() {
        [] => Err(one(format!("it has no entry with `dest: {}`", target.table))),
        [entry] => spec(entry, target),
        _ => Err(one(format!("it has {} entries with `dest: {}`", candidates.len(), target.table))),
    }
}

fn spec(entry: &Entry, target: &TargetTable) -> Result<TableSpec, InvalidTableConfig> {
    let mut problems = Vec::new();
    debug_assert!(entry.dest.is_some(), "the entry was found by its dest");
    check_schema(entry, target, &mut problems);
    let entries = column_entries(entry, &mut problems);
    let mut columns: Vec<Column> = Vec::new();
    for (index, raw) in &entries {
        let Some(column) = column(*index, raw, &mut problems) else { continue };
        if columns.iter().any(|known| known.name == column.name) {
            problems.push(format!("column `{}` is there twice", column.name));
        }
        columns.push(column);
    }
    if entry.columns.is_empty() {
        problems.push("`columns` is empty".to_owned());
    }
    let named = |wanted: &dyn Fn(&ColumnEntry) -> bool| -> Vec<Ident> {
        let names = entries
            .iter()
            .map(|(_, raw)| raw)
            .filter(|raw| wanted(raw))
            .filter_map(|raw| raw.dest.as_deref());
        names.filter_map(|name| Ident::new(name).ok()).collect()
    };
    let mut dist_keys = named(&|raw| raw.distkey);
    if dist_keys.len() > 1 {
        problems.push(format!("{} columns are marked `distkey`; a table has one", dist_keys.len()));
    }
    let sort_key = sort_key(&entries, &mut problems);
    let is_super = |name: &Ident| {
        columns.iter().any(|column| column.name == *name && column.column_type == ColumnType::Super)
    };
    for name in dist_keys.iter().chain(&sort_key).filter(|name| is_super(name)) {
        problems.push(format!("column `{name}` is of type super, which cannot be a dist or sort key"));
    }
    let data_date_column = data_date_column(entry, &columns, &mut problems);
    match data_date_column {
        Some(data_date_column) if problems.is_empty() => Ok(TableSpec {
            target: target.clone(),
            primary_key: named(&|raw| raw.primarykey),
            dist_key: dist_keys.pop(),
            columns,
            sort_key,
            data_date_column,
        }),
        _ => Err(InvalidTableConfig { problems }),
    }
}

/// The columns with their places, read one by one, so that each wrong one is reported.
fn column_entries(entry: &Entry, problems: &mut Vec<String>) -> Vec<(usize, ColumnEntry)> {
    let mut entries = Vec::with_capacity(entry.columns.len());
    for (index, value) in entry.columns.iter().enumerate() {
        match serde_yaml::from_value(value.clone()) {
            Ok(column) => entries.push((index, column)),
            Err(error) => problems.push(format!("column {}: {error}", index + 1)),
        }
    }
    entries
}

fn check_schema(entry: &Entry, target: &TargetTable, problems: &mut Vec<String>) {
    match entry.meta.as_ref().and_then(|meta| meta.schema.as_deref()) {
        None => problems.push("`meta.schema` is missing".to_owned()),
        Some(schema) if schema.eq_ignore_ascii_case(target.schema.as_str()) => {}
        Some(schema) => problems.push(format!(
            "it is for schema `{schema}`, but the message asks for schema `{}`",
            target.schema
        )),
    }
}

fn column(index: usize, raw: &ColumnEntry, problems: &mut Vec<String>) -> Option<Column> {
    let Some(dest) = raw.dest.as_deref() else {
        problems.push(format!("column {} has no `dest`", index + 1));
        return None;
    };
    let name = Ident::new(dest).map_err(|error| problems.push(format!("column {}: {error}", index + 1)));
    let column_type = match raw.column_type.as_deref() {
        None => {
            problems.push(format!("column `{dest}` has no `type`"));
            None
        }
        Some(text) => {
            ColumnType::parse(text).map_err(|error| problems.push(format!("column `{dest}`: {error}"))).ok()
        }
    };
    let default = match raw.defaultval.as_ref().and_then(default_text) {
        None => None,
        Some(text) => match DefaultValue::parse(&text) {
            Ok(DefaultValue::Call { name, .. }) if !DEFAULT_CALLS.contains(&name.as_str()) => {
                problems.push(format!(
                    "column `{dest}`: `{name}` may not be called in a default, only {}",
                    DEFAULT_CALLS.join(", ")
                ));
                None
            }
            Ok(value) => Some(ColumnDefault::Value(value)),
            Err(error) => {
                problems.push(format!("column `{dest}`: {error}"));
                None
            }
        },
    };
    // Redshift makes the columns of a primary key NOT NULL by itself.
    let not_null = raw.notnull || raw.primarykey;
    Some(Column { name: name.ok()?, column_type: column_type?, not_null, default })
}

/// A scalar as the SQL text that the original would have pasted; an empty one asks for no default.
fn default_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => (!text.trim().is_empty()).then(|| text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Null => None,
        Value::Sequence(_) | Value::Mapping(_) | Value::Tagged(_) => Some(format!("{value:?}")),
    }
}

fn sort_key(entries: &[(usize, ColumnEntry)], problems: &mut Vec<String>) -> Vec<Ident> {
    let mut places: Vec<(u32, &str)> = entries
        .iter()
        .map(|(_, raw)| raw)
        .filter(|raw| raw.sortord > 0)
        .filter_map(|raw| Some((raw.sortord, raw.dest.as_deref()?)))
        .collect();
    places.sort_unstable();
    if places.windows(2).any(|pair| matches!(pair, [(left, _), (right, _)] if left == right)) {
        problems.push("two columns have the same `sortord`".to_owned());
    }
    places.into_iter().filter_map(|(_, name)| Ident::new(name).ok()).collect()
}

fn data_date_column(entry: &Entry, columns: &[Column], problems: &mut Vec<String>) -> Option<DataDateColumn> {
    let Some(wanted) = entry.meta.as_ref().and_then(|meta| meta.datadatecolumn.as_deref()) else {
        problems.push("`meta.datadatecolumn` is missing".to_owned());
        return None;
    };
    let Some(column) = columns.iter().find(|column| column.name.as_str().eq_ignore_ascii_case(wanted)) else {
        problems.push(format!("`meta.datadatecolumn` names `{wanted}`, which is not among the columns"));
        return None;
    };
    if !column.column_type.holds_dates() {
        problems.push(format!(
            "`meta.datadatecolumn` names `{wanted}` of type {}; it must be timestamp, timestamptz or date",
            column.column_type
        ));
    }
    Some(DataDateColumn { name: column.name.clone(), column_type: column.column_type })
}

/// Where the parser stopped. Its own words are left out: they quote the file, and a wrong path could name any file of
/// the machine.
fn place(error: &serde_yaml::Error) -> String {
    error.location().map_or_else(String::new, |at| format!(" (line {}, column {})", at.line(), at.column()))
}

fn one(problem: String) -> InvalidTableConfig {
    InvalidTableConfig { problems: vec![problem] }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    const EXAMPLE: &str = r#"
pages:
  dest: pages
  columns:
    - {dest: id, type: bigint, primarykey: true, notnull: true, distkey: true}
    - {dest: time, type: timestamp, sortord: 1}
    - {dest: url, type: longtext, defaultval: "''"}
  meta: {schema: api_hits, datadatecolumn: time}
"#;

    fn target(schema: &str, table: &str) -> TargetTable {
        TargetTable { schema: Ident::new(schema).unwrap(), table: Ident::new(table).unwrap() }
    }

    fn problems(text: &str, expected: &Expect) {
        let invalid = parse(text, &target("api_hits", "pages")).expect_err(text);
        expected.assert_eq(&invalid.problems.join("\n"));
    }

    #[test]
    fn the_example_of_the_contract_is_understood() {
        let spec = parse(EXAMPLE, &target("api_hits", "pages")).unwrap();
        let columns: Vec<String> =
            spec.columns.iter().map(|column| format!("{} {}", column.name, column.column_type)).collect();
        assert_eq!(columns, ["id bigint", "time timestamp", "url varchar(65535)"]);
        assert_eq!(spec.primary_key, [Ident::new("id").unwrap()]);
        assert_eq!(spec.dist_key, Some(Ident::new("id").unwrap()));
        assert_eq!(spec.sort_key, [Ident::new("time").unwrap()]);
        assert_eq!(spec.data_date_column.name.as_str(), "time");
        assert_eq!(spec.columns[2].default, Some(ColumnDefault::Value(DefaultValue::Text(String::new()))));
    }

    #[test]
    fn the_entry_is_found_by_dest_whatever_its_key() {
        let text = EXAMPLE.replace("pages:\n", "anything:\n");
        assert!(parse(&text, &target("api_hits", "pages")).is_ok());
        problems(
            &EXAMPLE.replace("dest: pages", "dest: other"),
            &expect!["it has no entry with `dest: pages`"],
        );
    }

    #[test]
    fn a_config_for_another_schema_is_refused() {
        problems(
            &EXAMPLE.replace("schema: api_hits", "schema: web"),
            &expect!["it is for schema `web`, but the message asks for schema `api_hits`"],
        );
    }

    #[test]
    fn every_problem_is_reported_at_once() {
        problems(
            r#"
pages:
  dest: pages
  columns:
    - {dest: id, type: uuid, distkey: true, sortord: 1}
    - {dest: id2, type: bigint, distkey: true, sortord: 1, defaultval: "1); drop table x"}
    - {type: int}
    - {dest: same, type: int}
    - {dest: SAME, type: int}
    - {dest: late, type: int, sortord: first}
    - {dest: sly, type: int, defaultval: pg_terminate_backend(1)}
  meta: {datadatecolumn: same}
"#,
            &expect![[r#"
                `meta.schema` is missing
                column 6: invalid type: string "first", expected u32
                column `id`: `uuid` is not a Redshift type
                column `id2`: `1); drop table x` is not a default that can be used here: write a number, a quoted text, true, false, null or a call such as getdate()
                column 3 has no `dest`
                column `same` is there twice
                column `sly`: `pg_terminate_backend` may not be called in a default, only getdate, sysdate, now, current_date, current_timestamp, current_user, user
                2 columns are marked `distkey`; a table has one
                two columns have the same `sortord`
                `meta.datadatecolumn` names `same` of type integer; it must be timestamp, timestamptz or date"#]],
        );
    }

    #[test]
    fn what_is_no_yaml_map_is_refused() {
        problems("- a\n- b\n", &expect!["it is not a YAML map of tables (line 1, column 1)"]);
    }

    #[test]
    fn defaults_may_be_yaml_scalars() {
        let text = EXAMPLE.replace("defaultval: \"''\"", "defaultval: 0").replace("longtext", "int");
        let spec = parse(&text, &target("api_hits", "pages")).unwrap();
        let zero = ColumnDefault::Value(DefaultValue::Number("0".to_owned()));
        assert_eq!(spec.columns[2].default, Some(zero));
    }
}
