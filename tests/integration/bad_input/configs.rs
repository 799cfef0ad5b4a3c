//! Table configs that cannot be used, or do not fit their file.

use expect_test::expect_file;

use crate::bad_input::{Case, check, shown};
use crate::support::scenario::{DAY_1, Scenario};
use crate::support::table;

/// Columns beside the data date, each the one of a table.
const COLUMNS: [&str; 62] = [
    "{dest: id, type: bigint}",
    "{dest: id}",
    "{type: bigint}",
    "{}",
    "id",
    "[id, bigint]",
    "null",
    "17",
    "{dest: 17, type: bigint}",
    "{dest: '', type: bigint}",
    "{dest: null, type: bigint}",
    "{dest: [id], type: bigint}",
    "{dest: ID, type: bigint}",
    "{dest: 'i d', type: bigint}",
    "{dest: 'i\"d', type: bigint}",
    "{dest: \"i\\0d\", type: bigint}",
    "{dest: ä, type: bigint}",
    "{dest: data_date, type: bigint}",
    "{dest: DATA_DATE, type: timestamp}",
    "{dest: id, type: null}",
    "{dest: id, type: ''}",
    "{dest: id, type: 17}",
    "{dest: id, type: [bigint]}",
    "{dest: id, type: bigInt}",
    "{dest: id, type: integer8}",
    "{dest: id, type: string}",
    "{dest: id, type: jsonb}",
    "{dest: id, type: 'bigint; DROP TABLE t'}",
    "{dest: id, type: 'varchar'}",
    "{dest: id, type: 'varchar()'}",
    "{dest: id, type: 'varchar(0)'}",
    "{dest: id, type: 'varchar(-1)'}",
    "{dest: id, type: 'varchar(65536)'}",
    "{dest: id, type: 'varchar(99999999999999999999)'}",
    "{dest: id, type: 'varchar(10'}",
    "{dest: id, type: 'varchar(max)'}",
    "{dest: id, type: 'char(4097)'}",
    "{dest: id, type: 'decimal(39,2)'}",
    "{dest: id, type: 'decimal(10,11)'}",
    "{dest: id, type: 'decimal(10,2,1)'}",
    "{dest: id, type: 'bigint(8)'}",
    "{dest: id, type: super}",
    "{dest: id, type: bigint, primarykey: yes please}",
    "{dest: id, type: bigint, primarykey: 1}",
    "{dest: id, type: bigint, notnull: 'true'}",
    "{dest: id, type: bigint, distkey: null}",
    "{dest: id, type: bigint, sortord: -1}",
    "{dest: id, type: bigint, sortord: 1.5}",
    "{dest: id, type: bigint, sortord: first}",
    "{dest: id, type: bigint, sortord: 2}",
    "{dest: id, type: bigint, sortord: 99999999999}",
    "{dest: id, type: super, distkey: true}",
    "{dest: id, type: super, sortord: 1}",
    "{dest: id, type: bigint, defaultval: seven}",
    "{dest: id, type: bigint, defaultval: \"'seven'\"}",
    "{dest: id, type: bigint, defaultval: [7]}",
    "{dest: id, type: bigint, defaultval: {a: 1}}",
    "{dest: id, type: bigint, defaultval: \"(SELECT 1)\"}",
    "{dest: id, type: bigint, defaultval: \"1; DROP TABLE t\"}",
    "{dest: id, type: bigint, defaultval: \"pg_sleep(1)\"}",
    "{dest: id, type: text, defaultval: \"'unclosed\"}",
    "{dest: id, type: bigint, unknown: key}",
];

/// Whole files. `TABLE` and `SCHEMA` stand for the target's.
const FILES: [&str; 42] = [
    "",
    " \n\n",
    "# a comment\n",
    "---\n",
    "null",
    "17",
    "[]",
    "{}",
    "text",
    "\u{feff}",
    "\t- tabs",
    "entry: {dest: TABLE",
    "entry: [dest: TABLE]",
    "entry: null",
    "entry: TABLE",
    "entry: {dest: TABLE}",
    "entry: {dest: other, columns: [], meta: {schema: SCHEMA, datadatecolumn: d}}",
    "entry: {columns: [{dest: d, type: timestamp}], meta: {schema: SCHEMA, datadatecolumn: d}}",
    "entry: {dest: TABLE, columns: null, meta: {schema: SCHEMA, datadatecolumn: d}}",
    "entry: {dest: TABLE, columns: [], meta: {schema: SCHEMA, datadatecolumn: d}}",
    "entry: {dest: TABLE, columns: {d: timestamp}, meta: {schema: SCHEMA, datadatecolumn: d}}",
    "entry: {dest: TABLE, columns: [{dest: d, type: timestamp}]}",
    "entry: {dest: TABLE, columns: [{dest: d, type: timestamp}], meta: null}",
    "entry: {dest: TABLE, columns: [{dest: d, type: timestamp}], meta: []}",
    "entry: {dest: TABLE, columns: [{dest: d, type: timestamp}], meta: {}}",
    "entry: {dest: TABLE, columns: [{dest: d, type: timestamp}], meta: {schema: SCHEMA}}",
    "entry: {dest: TABLE, columns: [{dest: d, type: timestamp}], meta: {datadatecolumn: d}}",
    "entry: {dest: TABLE, columns: [{dest: d, type: timestamp}], meta: {schema: other, datadatecolumn: d}}",
    "entry: {dest: TABLE, columns: [{dest: d, type: timestamp}], meta: {schema: SCHEMA, datadatecolumn: e}}",
    "entry: {dest: TABLE, columns: [{dest: d, type: timestamp}], meta: {schema: SCHEMA, datadatecolumn: ''}}",
    "entry: {dest: TABLE, columns: [{dest: d, type: timestamp}], meta: {schema: SCHEMA, datadatecolumn: [d]}}",
    "entry: {dest: TABLE, columns: [{dest: d, type: text}], meta: {schema: SCHEMA, datadatecolumn: d}}",
    "entry: {dest: TABLE, columns: [{dest: d, type: bigint}], meta: {schema: SCHEMA, datadatecolumn: d}}",
    "entry: {dest: TABLE, columns: [{dest: d, type: date}], meta: {schema: SCHEMA, datadatecolumn: d}}",
    "a: {dest: TABLE, columns: [], meta: {}}\nb: {dest: TABLE, columns: [], meta: {}}",
    "a: {dest: TABLE}\na: {dest: TABLE}",
    "entry: {dest: TABLE}\n---\nentry: {dest: TABLE}",
    "a: &a [x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b]\n\
     d: &d [*c, *c, *c, *c, *c, *c, *c, *c]\ne: &e [*d, *d, *d, *d, *d, *d, *d, *d]\nf: [*e, *e, *e, *e, *e, *e, *e, *e]",
    "entry: *nobody",
    "entry: !!python/object/apply:os.system ['true']",
    "? [a, b]\n: {dest: TABLE}",
    "{\"entry\": {\"dest\": \"TABLE\"}}",
];

async fn put(scenario: &Scenario, name: &str, config: &[u8]) -> String {
    scenario.put(&format!("{}_{name}_{DAY_1}.json", scenario.name), table::rows(DAY_1, [7])).await;
    scenario.put(&format!("config_{}_{name}_{DAY_1}.yml", scenario.name), config).await;
    scenario.message_for(&[name], "")
}

#[tokio::test]
async fn every_bad_config_ends_where_the_readme_says() {
    let scenario = Scenario::new().await;
    let mut cases = Vec::new();
    for (number, column) in COLUMNS.iter().enumerate() {
        let name = format!("column{number}");
        let body = put(&scenario, &name, table::config_of(&scenario.name, &name, &[column]).as_bytes()).await;
        cases.push(Case { name: format!("column {}", shown(column)), body });
    }
    for (number, file) in FILES.iter().enumerate() {
        let name = format!("file{number}");
        let text = file.replace("TABLE", &name).replace("SCHEMA", &scenario.name);
        cases.push(Case {
            name: format!("file {}", shown(file)),
            body: put(&scenario, &name, text.as_bytes()).await,
        });
    }
    let big = format!("# {}\n", "x".repeat(2 << 20));
    for (name, config) in [("not_utf8", &b"entry: {dest: \xff\xfe}"[..]), ("too_big", big.as_bytes())] {
        cases.push(Case { name: name.to_owned(), body: put(&scenario, name, config).await });
    }
    let two = [
        "{dest: a, type: int, distkey: true, sortord: 1}",
        "{dest: b, type: int, distkey: true, sortord: 1}",
    ];
    let body = put(&scenario, "two", table::config_of(&scenario.name, "two", &two).as_bytes()).await;
    cases.push(Case { name: "two dist keys, one place in the sort key twice".to_owned(), body });
    assert!(cases.len() >= 100, "only {} configs", cases.len());
    check(&scenario, cases, &expect_file!["../../golden/bad_input/configs.txt"]).await;
}
