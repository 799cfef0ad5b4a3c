//! Table configs that cannot be used, or do not fit their file.

use expect_test::expect_file;

use crate::bad_input::{Case, check, shown};
use crate::support::scenario::{DAY_1, Scenario};
use crate::support::table;

/// Columns beside the data date, each the one of a table.
const COLUMNS: [&str; 89] = [
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
    "{dest: 404, type: bigint}",
    "{dest: 1e3, type: bigint}",
    "{dest: 0x1F, type: bigint}",
    "{dest: 2015-07-01, type: bigint}",
    "{dest: true, type: bigint}",
    "{dest: ~, type: bigint}",
    "{dest: '~', type: bigint}",
    "{dest: !env ID, type: bigint}",
    "{dest: xmin, type: bigint}",
    "{dest: OID, type: bigint}",
    "{dest: id, type: bigint, notnull: yes, distkey: on, primarykey: 'yes'}",
    "{dest: id, type: bigint, notNull: true}",
    "{dest: id, type: bigint, distKey: true, defaultVal: 0}",
    "{Dest: id, Type: bigint}",
    "{dest: id, type: bigint, type: text}",
    "{dest: id, type: bigint, 'type': bigint}",
    "{dest: id, type: bigint, nested: {a: 1, a: 2}}",
    "{<<: {type: bigint, notnull: true}, dest: id}",
    "{<<: [{type: bigint}, {type: text}], dest: id}",
    "{<<: bigint, dest: id}",
    "{dest: id, type: bigint, defaultval: 0x1F}",
    "{dest: id, type: timestamp, defaultval: now(pg_terminate_backend(1))}",
    "{dest: id, type: timestamp, defaultval: 'getdate(now())'}",
    "{dest: id, type: timestamp, defaultval: sysdate()}",
    "{dest: id, type: bigint, defaultval: '1::smallint'}",
    "{dest: id, type: geometry, distkey: true}",
    "{dest: id, type: \"big\\e[31mint\"}",
];

/// Whole files. `TABLE` and `SCHEMA` stand for the target's.
const FILES: [&str; 50] = [
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
    "entry: {Dest: TABLE}",
    "entry: {dest: TABLE, column: [], Meta: {}}",
    "entry: {dest: TABLE, columns: [{dest: d, type: timestamp}], meta: {schema: SCHEMA, dataDateColumn: d}}",
    "entry: {dest: TABLE, columns: [{dest: d, type: timestamp}], meta: {schema: SCHEMA, datadatecolumn: d, granularity: day, after: [vacuum full]}}",
    "entry: {dest: TABLE, columns: [{dest: d, type: timestamp}], meta: {schema: SCHEMA, datadatecolumn: d, future_rows: maybe, statupdate: 1}}",
    "entry: {dest: TABLE, columns: [{dest: d, type: timestamp}], meta: {schema: SCHEMA, datadatecolumn: d, cadence: 1d, statupdate: off}}",
    "base: &base {columns: [{dest: d, type: timestamp}], meta: {schema: SCHEMA, datadatecolumn: d}}\nentry: {<<: *base, dest: TABLE}",
    "entry: &entry {dest: TABLE, columns: [*entry]}",
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
    let columns: Vec<String> = (0..1600).map(|number| format!("{{dest: c{number}, type: int}}")).collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let wide = table::config_of(&scenario.name, "wide", &columns);
    let bomb: String = (1..100).fold("a0: &a0 [x]\n".to_owned(), |text, number| {
        let before = number - 1;
        format!("{text}a{number}: &a{number} [*a{before}, *a{before}, *a{before}]\n")
    });
    let bomb = format!("{bomb}{}", table::config_of(&scenario.name, "bomb", &[]));
    let nodes = format!("a: [{}]\n", "a,".repeat(400_000));
    let brackets = format!("a:\n  [{}]\n", "a:,".repeat(300_000));
    let deep = "[".repeat(1_000_000);
    let floods =
        [("wide", &wide), ("bomb", &bomb), ("nodes", &nodes), ("brackets", &brackets), ("deep", &deep)];
    for (name, config) in floods {
        let body = put(&scenario, name, config.as_bytes()).await;
        cases.push(Case { name: name.to_owned(), body });
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
