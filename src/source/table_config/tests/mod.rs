//! What a table config means, and what is refused in it.

mod spellings;
mod keys;
mod layout;

use expect_test::{Expect, expect};

use super::*;
use crate::model::column_type::ColumnType;
use crate::model::default_value::DefaultValue;
use crate::model::table::{ColumnDefault, Distribution, SortKey};

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

/// What is meant by a config for `api_hits.pages`.
fn meant(text: &str) -> TableSpec {
    parse(text, &target("api_hits", "pages")).unwrap_or_else(|invalid| panic!("{text}\n{invalid}"))
}

/// The example with one more column, a YAML map.
fn with_column(column: &str) -> String {
    EXAMPLE.replace("  meta:", &format!("    - {column}\n  meta:"))
}

/// The example with more keys of `meta`, such as `, cadence: 1d`.
fn with_meta(more: &str) -> String {
    EXAMPLE.replace("datadatecolumn: time", &format!("datadatecolumn: time{more}"))
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
    assert_eq!(spec.distribution, Distribution::Key(Ident::new("id").unwrap()));
    assert_eq!(spec.sort_key, SortKey::Compound(vec![Ident::new("time").unwrap()]));
    assert_eq!(spec.data_date_column.name.as_str(), "time");
    assert_eq!(spec.columns[2].default, Some(ColumnDefault::Value(DefaultValue::Text(String::new()))));
}

#[test]
fn the_entry_is_found_by_dest_whatever_its_key() {
    let text = EXAMPLE.replace("pages:\n", "anything:\n");
    assert!(parse(&text, &target("api_hits", "pages")).is_ok());
    problems(&EXAMPLE.replace("dest: pages", "dest: other"), &expect!["it has no entry with `dest: pages`"]);
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
            column `id`: `uuid` is not a Redshift type; write `varchar(36)`
            column `id2`: `1); drop table x` is not a default that can be used here: write a number, a quoted text, true, false, null or a call such as getdate()
            column 3 has no `dest`
            column `same` is there twice
            column `late`: `sortord` must be a whole number, not `first`
            column `sly`: `pg_terminate_backend` may not be called in a default, only getdate, sysdate, now, current_date, current_timestamp, current_user, user
            `meta.schema` is missing
            2 columns are marked `distkey`; a table has one
            two columns have the same `sortord`
            `meta.datadatecolumn` names `same` of type integer; it must be timestamp, timestamptz or date"#]],
    );
}

#[test]
fn what_is_no_yaml_map_is_refused() {
    problems("- a\n- b\n", &expect!["it is not a YAML map of tables (line 1)"]);
}

#[test]
fn defaults_may_be_yaml_scalars() {
    let text = EXAMPLE.replace("defaultval: \"''\"", "defaultval: 0").replace("longtext", "int");
    let spec = parse(&text, &target("api_hits", "pages")).unwrap();
    let zero = ColumnDefault::Value(DefaultValue::Number("0".to_owned()));
    assert_eq!(spec.columns[2].default, Some(zero));
}

#[test]
fn columns_that_redshift_keeps_for_itself_are_refused_by_name() {
    for name in ["oid", "tableoid", "xmin", "cmin", "xmax", "cmax", "CTID", "insertxid", "deletexid"] {
        let invalid =
            parse(&with_column(&format!("{{dest: {name}, type: int}}")), &target("api_hits", "pages"));
        let invalid = invalid.expect_err(name).to_string();
        let says = format!("column `{}` has the name of a system column", name.to_ascii_lowercase());
        assert!(invalid.contains(&says), "{invalid}");
    }
}

#[test]
fn more_columns_than_a_table_can_have_are_refused_unread() {
    let columns = |count: usize| -> String {
        (0..count).map(|number| format!("    - {{dest: c{number}, type: int}}\n")).collect()
    };
    let most = EXAMPLE.replace("  meta:", &format!("{}  meta:", columns(1597)));
    assert_eq!(meant(&most).columns.len(), 1600);
    problems(
        &EXAMPLE.replace("  meta:", &format!("{}  meta:", columns(1598))),
        &expect!["it has 1601 columns; a Redshift table has at most 1600"],
    );
}

#[test]
fn a_name_over_127_bytes_is_refused_at_every_door() {
    let long = "x".repeat(128);
    let cases = [
        with_column(&format!("{{dest: {long}, type: int}}")),
        EXAMPLE.replace("schema: api_hits", &format!("schema: {long}")),
        EXAMPLE.replace("datadatecolumn: time", &format!("datadatecolumn: {long}")),
    ];
    for text in cases {
        let invalid = parse(&text, &target("api_hits", "pages")).expect_err(&text).to_string();
        assert!(invalid.contains("is longer than 127 bytes"), "{invalid}");
    }
}

#[test]
fn a_type_that_cannot_be_a_key_is_refused_as_one() {
    problems(
        &with_column("{dest: shape, type: geometry, sortord: 2}"),
        &expect!["column `shape` is of type geometry, which cannot be a dist or sort key"],
    );
}

#[test]
fn the_first_twenty_problems_are_listed_and_the_rest_is_counted() {
    let columns: String = (0..500).map(|number| format!("    - {{dest: c{number}, type: uuid}}\n")).collect();
    let text = EXAMPLE.replace("  meta:", &format!("{columns}  meta:"));
    let invalid = parse(&text, &target("api_hits", "pages")).unwrap_err();
    assert_eq!(invalid.problems.len(), 21);
    assert_eq!(invalid.problems[20], "and 480 more");
}

#[test]
fn what_a_problem_quotes_is_cut_and_escaped() {
    let long = format!("{{dest: \"a\\nb\", type: \"{}\"}}", "\\e[31m".repeat(1000));
    let invalid = parse(&with_column(&long), &target("api_hits", "pages")).unwrap_err().to_string();
    assert!(invalid.len() < 600 && !invalid.contains(char::is_control), "{invalid}");
}

#[test]
fn a_default_is_judged_in_all_its_parts() {
    let column =
        |default: &str| with_column(&format!("{{dest: x, type: timestamp, defaultval: \"{default}\"}}"));
    for fine in ["getdate()", "NOW()", "sysdate", "current_timestamp", "'2015-07-01'", "null", "(sysdate)"] {
        meant(&column(fine));
    }
    problems(
        &column("now(pg_terminate_backend(1))"),
        &expect!["column `x`: `now` is called without arguments in a default"],
    );
    for bad in [
        "now(1)",
        "getdate(now())",
        "((now(pg_terminate_backend(1))))",
        "sysdate()",
        "session_user",
        "pg_sleep(1)",
        "now(pg_sleep(1))::date",
        "'2015-07-01 10:00'::date",
        "getdate()::date",
    ] {
        let invalid = parse(&column(bad), &target("api_hits", "pages")).expect_err(bad).to_string();
        assert!(invalid.contains("column `x`: "), "{bad}: {invalid}");
    }
}

#[test]
fn a_cast_to_the_type_of_the_column_changes_nothing_and_is_taken() {
    let text = |column_type: &str, default: &str| {
        meant(&with_column(&format!("{{dest: x, type: {column_type}, defaultval: \"{default}\"}}"))).columns
            [3]
        .default
        .clone()
    };
    let none = Some(ColumnDefault::Value(DefaultValue::Text("none".to_owned())));
    assert_eq!(text("text", "'none'::character varying"), none);
    assert_eq!(text("bigint", "0::int8"), Some(ColumnDefault::Value(DefaultValue::Number("0".to_owned()))));
    problems(
        &with_column("{dest: x, type: text, defaultval: \"'none'::varchar(2)\"}"),
        &expect![
            "column `x`: the cast to `varchar(2)` in its default would be left out; write the value as it is meant"
        ],
    );
}
