//! Loads as a table for people.

use std::fmt::Write;

use crate::model::shown::{shown, shown_within};
use crate::warehouse::history::LedgerEntry;

/// Bytes: a schema and a table of the longest names fit.
const LONGEST_CELL: usize = 256;

pub(super) fn of(entries: &[LedgerEntry]) -> String {
    // Others may write in the ledger too.
    let table_of = |entry: &LedgerEntry| {
        shown_within(&format!("{}.{}", entry.target_schema, entry.target_table), LONGEST_CELL)
    };
    let width = entries.iter().map(|entry| table_of(entry).len()).max().unwrap_or_default().max(5);
    let mut text = String::new();
    let mut line = |cells: [&str; 7]| {
        let [finished, table, data_date, rows, mode, load_id, remarks] = cells;
        let line = format!(
            "{finished:<19}  {table:<width$}  {data_date:<19}  {rows:>12}  {mode:<7}  {load_id:<36}  {remarks}"
        );
        writeln!(text, "{}", line.trim_end()).expect("a string takes any text");
    };
    line(["finished", "table", "data date", "rows", "mode", "load id", "remarks"]);
    for entry in entries {
        line([
            &to_the_second(&entry.finished_at),
            &table_of(entry),
            &to_the_second(&entry.data_date),
            &entry.rows_loaded.to_string(),
            &shown_within(&entry.mode, LONGEST_CELL),
            &shown_within(&entry.load_id, LONGEST_CELL),
            &remarks(entry),
        ]);
    }
    text
}

/// Whole seconds are enough to look at.
pub(super) fn to_the_second(instant: &str) -> String {
    shown(&instant.chars().take(19).collect::<String>()).into_owned()
}

/// What is not as with every load: it was forced, or data was left out or changed.
fn remarks(entry: &LedgerEntry) -> String {
    let counted = [
        (entry.rows_skipped, "rows skipped"),
        (entry.values_cut, "values cut"),
        (entry.values_replaced, "values replaced"),
        (entry.rows_duplicate, "duplicates"),
        (entry.rows_outdated, "outdated"),
        (entry.rows_beyond_keys, "beyond one of each key"),
    ];
    let counted =
        counted.into_iter().filter_map(|(count, what)| Some((count.filter(|count| *count > 0)?, what)));
    let counted = counted.map(|(count, what)| format!("{count} {what}"));
    let unknown = entry.unknown_fields.as_ref().map(|_| "unknown fields".to_owned());
    let widened = entry.widened.as_ref().map(|_| "widened".to_owned());
    let words: Vec<String> = entry
        .forced
        .then(|| "forced".to_owned())
        .into_iter()
        .chain(counted)
        .chain(unknown)
        .chain(widened)
        .collect();
    words.join(", ")
}

#[cfg(test)]
pub(super) mod tests {
    use expect_test::expect;

    use super::*;

    pub(in crate::cli::history) fn entry(data_date: &str, rows: u64) -> LedgerEntry {
        LedgerEntry {
            load_id: "0198f2a4-4c1e-7b5e-9d3a-0c8f0a3e6b11".to_owned(),
            target_schema: "nyc".to_owned(),
            target_table: "flights".to_owned(),
            data_date: data_date.to_owned(),
            source_url: "s3://b/k".to_owned(),
            fingerprint: String::new(),
            message_id: "m".to_owned(),
            mode: "append".to_owned(),
            forced: false,
            rows_loaded: rows,
            rows_deleted: Some(0),
            rows_in_window: Some(rows),
            bytes_loaded: 1,
            granularity: None,
            timezone: None,
            window_start: None,
            window_end: None,
            format: None,
            unknown_fields: None,
            rows_duplicate: None,
            rows_outdated: None,
            rows_skipped: Some(0),
            values_cut: Some(0),
            values_replaced: Some(0),
            widened: None,
            rows_beyond_keys: None,
            cadence_seconds: None,
            superseded_messages: 0,
            started_at: "2013-01-01 05:00:00".to_owned(),
            finished_at: "2013-01-01 05:00:10.5".to_owned(),
            loader: "l".to_owned(),
        }
    }

    #[test]
    fn what_is_not_as_with_every_load_is_remarked() {
        let forced = LedgerEntry {
            forced: true,
            rows_skipped: Some(2),
            widened: Some("a".to_owned()),
            ..entry("2013-01-01 00:00:00", 7)
        };
        expect![[r#"
            finished             table        data date                    rows  mode     load id                               remarks
            2013-01-01 05:00:10  nyc.flights  2013-01-02 00:00:00       1234567  append   0198f2a4-4c1e-7b5e-9d3a-0c8f0a3e6b11
            2013-01-01 05:00:10  nyc.flights  2013-01-01 00:00:00             7  append   0198f2a4-4c1e-7b5e-9d3a-0c8f0a3e6b11  forced, 2 rows skipped, widened
        "#]].assert_eq(&of(&[entry("2013-01-02 00:00:00", 1_234_567), forced]));
    }
}
