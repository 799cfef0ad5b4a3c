//! Data files and table configs as a producer writes them.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

/// The table that most tests load.
pub(crate) const TABLE: &str = "events";

/// A config of [`TABLE`] with an id, a data date and a name.
pub(crate) fn config(schema: &str) -> String {
    config_with(schema, &["{dest: id, type: bigint, notnull: true}", "{dest: name, type: text}"])
}

/// The same, of data that is due so often, such as `6h`.
pub(crate) fn config_due(schema: &str, cadence: &str) -> String {
    config(schema)
        .replace("datadatecolumn: data_date", &format!("datadatecolumn: data_date, cadence: {cadence}"))
}

/// A config of [`TABLE`] with the data date column `data_date` and these other columns, each a YAML map.
pub(crate) fn config_with(schema: &str, columns: &[&str]) -> String {
    config_of(schema, TABLE, columns)
}

pub(crate) fn config_of(schema: &str, table: &str, columns: &[&str]) -> String {
    let columns: String = columns.iter().map(|column| format!("    - {column}\n")).collect();
    format!(
        "entry:\n  dest: {table}\n  columns:\n    - {{dest: data_date, type: timestamp}}\n{columns}  meta: {{schema: {schema}, datadatecolumn: data_date}}\n"
    )
}

/// JSON lines of rows with these ids, all of one data date.
pub(crate) fn rows(date: &str, ids: impl IntoIterator<Item = u32>) -> String {
    ids.into_iter()
        .map(|id| format!("{{\"id\": {id}, \"name\": \"name {id}\", \"data_date\": \"{date}\"}}\n"))
        .collect()
}

pub(crate) fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).expect("a Vec takes every byte");
    encoder.finish().expect("a Vec takes every byte")
}
