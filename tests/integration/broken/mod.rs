//! A corpus of broken files of every format: each ends in one sentence with file, place and what to do, and nothing is half
//! loaded.
//!
//! Each format has files that somebody broke by hand, with what is to be said of them, and files that a small fuzzer broke. A
//! file that is not refused is loaded as a whole: a change may be harmless. `--nocapture` shows every sentence.

mod mutate;
mod json;
mod csv;
mod delimited;
mod fixed_width;
mod avro;
mod parquet;
mod orc;
mod packed;

use std::collections::HashMap;
use std::fmt::Write as _;

use crate::support::scenario::{DAY_1, Scenario};
use crate::support::table::gzip;

/// What must become of a file.
#[derive(Debug, Clone, Copy)]
enum Fate {
    /// Refused, with all of these words.
    Refused(&'static [&'static str]),
    /// Loaded with so many rows.
    Loaded(u64),
    /// Refused, or loaded as a whole: it was broken by chance.
    /// Of the fuzzer: refused, or loaded with so many rows, where the format tells a whole file from half of one.
    Either(Option<u64>),
}

struct Case {
    name: String,
    /// Behind the date.
    suffix: &'static str,
    content: Vec<u8>,
    fate: Fate,
}

fn refused(
    name: &str,
    suffix: &'static str,
    content: impl Into<Vec<u8>>,
    says: &'static [&'static str],
) -> Case {
    Case { name: name.to_owned(), suffix, content: content.into(), fate: Fate::Refused(says) }
}

fn loaded(name: &str, suffix: &'static str, content: impl Into<Vec<u8>>, rows: u64) -> Case {
    Case { name: name.to_owned(), suffix, content: content.into(), fate: Fate::Loaded(rows) }
}

/// Files of text that are something else, as their first bytes say.
fn other_kinds(suffix: &'static str, whole: &str) -> Vec<Case> {
    let in_utf16: Vec<u8> = whole.encode_utf16().flat_map(u16::to_le_bytes).collect();
    vec![
        refused(
            "a gzip file without the name",
            suffix,
            gzip(whole),
            &["is gzip, but its name does not say so"],
        ),
        refused("a Parquet file", suffix, b"PAR1\x15\x04\x15".as_slice(), &["is a Parquet file"]),
        refused("UTF-16", suffix, in_utf16, &["is UTF-16"]),
    ]
}

/// So many files that the fuzzer makes of a whole one, which has these rows; `None` where any beginning of it is a file.
fn by_chance(suffix: &'static str, whole: &[u8], rows: Option<u64>, count: u64) -> Vec<Case> {
    let mutants = (0..count).map(|seed| mutate::mutant(whole, seed));
    mutants.map(|(name, content)| Case { name, suffix, content, fate: Fate::Either(rows) }).collect()
}

/// The columns of every file, in the order of the config.
const COLUMNS: [(&str, &str); 5] = [
    ("data_date", "timestamp"),
    ("id", "bigint"),
    ("name", "varchar(20)"),
    ("amount", "double precision"),
    ("is_new", "boolean"),
];

/// The fewest broken files of a format.
const ENOUGH: usize = 40;

/// Tables that one order may have.
const AT_ONCE: usize = 100;

/// Bytes of a sentence at most.
const LONGEST: usize = 4096;

/// How each advice begins, at the end of a sentence.
const ADVICES: [&str; 7] =
    ["fix the ", "write ", "change the ", "load them ", "say it with ", "upload ", "set `ignore_header"];

/// Marks of what is nobody's to read: statements, and what a driver says.
const RAW: [&str; 8] =
    ["SELECT ", "INSERT ", "CREDENTIALS", "FORMAT AS", "db error", "Error {", "panicked", "SQLSTATE"];

/// Loads every file into a table of its own that has a row already, and holds each to the law.
async fn check(meta: &str, cases: Vec<Case>) {
    assert!(cases.len() >= ENOUGH, "{} files are not enough", cases.len());
    let scenario = Scenario::new().await;
    let table = |number: usize| format!("t{number:03}");
    let mut config = String::new();
    let mut statements = String::new();
    for (number, case) in cases.iter().enumerate() {
        let table = table(number);
        write_entry(&mut config, &scenario.name, &table, meta);
        let columns = COLUMNS.map(|(name, kind)| format!("{name} {kind}{}", not_null(name))).join(", ");
        writeln!(
            statements,
            "CREATE TABLE {0}.{table} ({columns}); INSERT INTO {0}.{table} VALUES ('2015-06-30', 0, 'old', 0.5, true);",
            scenario.name
        )
        .expect("a String takes every text");
        scenario.put(&key(&scenario, &table, case), case.content.clone()).await;
    }
    scenario.put("config.yml", config).await;
    scenario.sql(&statements).await;

    let mut lines = Vec::new();
    let numbers: Vec<usize> = (0..cases.len()).collect();
    for part in numbers.chunks(AT_ONCE) {
        lines.extend(load(&scenario, &part.iter().map(|number| table(*number)).collect::<Vec<_>>()).await);
    }
    assert_eq!(lines.len(), cases.len(), "a line for each: {lines:#?}");
    let states = states(&scenario, cases.len()).await;
    let broken: Vec<String> = cases
        .iter()
        .enumerate()
        .filter_map(|(number, case)| {
            let table = table(number);
            let address = format!("s3://{}/{}", scenario.name, key(&scenario, &table, case));
            show(&format!("{}: {}", case.name, lines[number].replace(&scenario.name, "S")));
            let wrong = what_is_wrong(case, &lines[number], &address, &states[&table])?;
            Some(format!("{}: {wrong}\n    {}", case.name, lines[number]))
        })
        .collect();
    assert!(broken.is_empty(), "{} of {}:\n{}", broken.len(), cases.len(), broken.join("\n"));
}

/// Every row must have an id.
fn not_null(column: &str) -> &'static str {
    if column == "id" { " NOT NULL" } else { "" }
}

fn key(scenario: &Scenario, table: &str, case: &Case) -> String {
    format!("{}_{table}_{DAY_1}.{}", scenario.name, case.suffix)
}

fn write_entry(config: &mut String, schema: &str, table: &str, meta: &str) {
    writeln!(config, "{table}:\n  dest: {table}\n  columns:").expect("a String takes every text");
    for (name, kind) in COLUMNS {
        let not_null = if name == "id" { ", notnull: true" } else { "" };
        writeln!(config, "    - {{dest: {name}, type: {kind}{not_null}}}")
            .expect("a String takes every text");
    }
    writeln!(config, "  meta: {{schema: {schema}, datadatecolumn: data_date{meta}}}")
        .expect("a String takes every text");
}

/// The line of each table.
async fn load(scenario: &Scenario, tables: &[String]) -> Vec<String> {
    let (tables, config) = (tables.join(","), format!("s3://{}/config.yml", scenario.name));
    let arguments = ["load", "--schema", &scenario.name, "--bucket", &scenario.name, "--tables", &tables];
    let finished = scenario.run(&[&arguments[..], &["--config", &config]].concat()).await;
    assert!(matches!(finished.code, Some(0 | 1)), "{finished:?}");
    let quiet = !finished.stderr.contains("panicked") && !finished.stderr.contains("a bug in this program");
    assert!(quiet, "{}", finished.stderr);
    finished.stdout.lines().map(str::to_owned).collect()
}

/// What there is of a table after the loads.
#[derive(Debug, Default)]
struct State {
    rows: u64,
    /// Whether the row that was there before is as it was.
    old_row_is_there: bool,
    /// Of the load in the ledger, if there is one.
    loaded: Option<u64>,
}

async fn states(scenario: &Scenario, count: usize) -> HashMap<String, State> {
    let of_table = |number| {
        format!(
            "SELECT 't{number:03}', COUNT(*), SUM(CASE WHEN id = 0 AND data_date = '2015-06-30' AND name = 'old' \
             AND amount = 0.5 AND is_new THEN 1 ELSE 0 END) FROM {}.t{number:03}",
            scenario.name
        )
    };
    let number = |text: &str| text.parse().expect("it is a number");
    let mut states = HashMap::new();
    for row in scenario.sql(&(0..count).map(of_table).collect::<Vec<_>>().join(" UNION ALL ")).await {
        let fields: Vec<&str> = row.split('|').collect();
        let state = State { rows: number(fields[1]), old_row_is_there: fields[2] == "1", ..State::default() };
        states.insert(fields[0].to_owned(), state);
    }
    let ledger = format!("SELECT target_table, rows_loaded FROM {}_ledger.loads", scenario.name);
    for row in scenario.sql(&ledger).await {
        let (table, rows) = row.split_once('|').expect("there are two columns");
        let state = states.get_mut(table).expect("only these tables were loaded");
        assert_eq!(state.loaded.replace(number(rows)), None, "{table} was loaded once");
    }
    states
}

/// How the law is broken; `None` when it is not.
fn what_is_wrong(case: &Case, line: &str, address: &str, state: &State) -> Option<String> {
    let (_, told) = line.split_once(char::is_whitespace)?;
    let told = told.trim_start();
    let State { rows, old_row_is_there, loaded } = state;
    let added = loaded.unwrap_or(0);
    let is_whole = *old_row_is_there && *rows == 1 + added;
    if !is_whole {
        return Some(format!("half loaded: {state:?}"));
    }
    let Some(sentence) = told.strip_prefix("failed") else {
        let is_meant = match case.fate {
            Fate::Refused(_) => false,
            Fate::Loaded(rows) => rows == added,
            Fate::Either(meant) => meant.is_none_or(|rows| rows == added),
        };
        let is_so = told.starts_with(&format!("loaded  {added} rows")) && loaded.is_some();
        return (!is_meant || !is_so).then(|| format!("loaded, {state:?}, and meant was {:?}", case.fate));
    };
    let words = match case.fate {
        Fate::Loaded(_) => return Some("refused".to_owned()),
        Fate::Refused(words) => words,
        Fate::Either(_) => &[],
    };
    if loaded.is_some() {
        return Some("refused, and in the ledger".to_owned());
    }
    if let Some(word) = words.iter().find(|word| !sentence.contains(**word)) {
        return Some(format!("does not say `{word}`"));
    }
    if sentence.len() > LONGEST || sentence.contains(char::is_control) {
        return Some("is no bounded line".to_owned());
    }
    if !sentence.contains(address) {
        return Some("does not name the file".to_owned());
    }
    if let Some(raw) = RAW.iter().find(|raw| sentence.contains(**raw)) {
        return Some(format!("says `{raw}`"));
    }
    let advice = sentence.rsplit("; ").next().expect("a text has an end");
    let advises = ADVICES.iter().any(|start| advice.starts_with(start));
    (!advises).then(|| "does not say what to do".to_owned())
}

/// For whoever runs it with `--nocapture`.
#[expect(
    clippy::print_stdout,
    reason = "text for people, which the test runner keeps unless it is asked for"
)]
fn show(text: &str) {
    println!("{text}");
}
