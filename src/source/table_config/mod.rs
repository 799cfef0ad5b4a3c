//! The table config: YAML of the original's shape to a [`TableSpec`], with every problem in it reported at once.

mod column;

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde_yaml::Value;

use crate::model::column_type::ColumnType;
use crate::model::ident::Ident;
use crate::model::table::{Column, DataDateColumn, TableOptions, TableSpec};
use crate::model::target_table::TargetTable;
use crate::source::table_config::column::ColumnEntry;

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
    #[serde(default)]
    columns: Vec<Value>,
    meta: Option<Meta>,
}

#[derive(Deserialize, Default)]
struct Meta {
    schema: Option<String>,
    datadatecolumn: Option<String>,
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
    let count = candidates.len();
    match (candidates.pop(), count) {
        (None, _) => Err(one(format!("it has no entry with `dest: {}`", target.table))),
        (Some(entry), 1) => spec(entry, target),
        (Some(_), _) => Err(one(format!("it has {count} entries with `dest: {}`", target.table))),
    }
}

fn spec(entry: Entry, target: &TargetTable) -> Result<TableSpec, InvalidTableConfig> {
    let mut problems = Vec::new();
    let meta = entry.meta.unwrap_or_default();
    check_schema(&meta, target, &mut problems);
    if entry.columns.is_empty() {
        problems.push("`columns` is empty".to_owned());
    }
    let entries = column::entries(entry.columns, &mut problems);
    let mut columns: Vec<Column> = Vec::new();
    for entry in &entries {
        let Some(column) = entry.column(&mut problems) else { continue };
        if columns.iter().any(|known| known.name == column.name) {
            problems.push(format!("column `{}` is there twice", column.name));
        }
        columns.push(column);
    }
    let named = |wanted: &dyn Fn(&ColumnEntry) -> bool| -> Vec<Ident> {
        let names = entries.iter().filter(|entry| wanted(entry)).filter_map(|entry| entry.dest.as_deref());
        names.filter_map(|name| Ident::new(name).ok()).collect()
    };
    let mut dist_keys = named(&|entry| entry.distkey);
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
    let data_date_column = data_date_column(&meta, &columns, &mut problems);
    match data_date_column {
        Some(data_date_column) if problems.is_empty() => Ok(TableSpec {
            target: target.clone(),
            primary_key: named(&|entry| entry.primarykey),
            dist_key: dist_keys.pop(),
            columns,
            sort_key,
            data_date_column,
            options: TableOptions::default(),
            passed_over: Vec::new(),
        }),
        _ => Err(InvalidTableConfig { problems }),
    }
}

fn check_schema(meta: &Meta, target: &TargetTable, problems: &mut Vec<String>) {
    match meta.schema.as_deref() {
        None => problems.push("`meta.schema` is missing".to_owned()),
        Some(schema) if schema.eq_ignore_ascii_case(target.schema.as_str()) => {}
        Some(schema) => problems.push(format!(
            "it is for schema `{schema}`, but the message asks for schema `{}`",
            target.schema
        )),
    }
}

fn sort_key(entries: &[ColumnEntry], problems: &mut Vec<String>) -> Vec<Ident> {
    let mut places: Vec<(u32, &str)> = entries
        .iter()
        .filter(|entry| entry.sortord > 0)
        .filter_map(|entry| Some((entry.sortord, entry.dest.as_deref()?)))
        .collect();
    places.sort_unstable();
    if places.windows(2).any(|pair| matches!(pair, [(left, _), (right, _)] if left == right)) {
        problems.push("two columns have the same `sortord`".to_owned());
    }
    places.into_iter().filter_map(|(_, name)| Ident::new(name).ok()).collect()
}

fn data_date_column(meta: &Meta, columns: &[Column], problems: &mut Vec<String>) -> Option<DataDateColumn> {
    let Some(wanted) = meta.datadatecolumn.as_deref() else {
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
    use crate::model::default_value::DefaultValue;
    use crate::model::table::ColumnDefault;

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
