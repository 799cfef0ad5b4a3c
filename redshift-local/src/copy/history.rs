//! What a COPY did, as `sys_load_history`, `sys_load_detail` and `stl_load_commits` will show it (fact 1.15).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio_postgres::{Client, Error};

use super::grammar::format::Format;
use super::grammar::location::Location;
use super::grammar::statement::CopyStatement;
use super::load_error::Context;
use super::replacements::Replacements;
use crate::sql::quote::literal;

/// An object that a COPY reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredObject {
    pub location: Location,
    /// As it lies in S3, packed or not.
    pub bytes: u64,
}

/// The lines scanned in each file so far, counted where the rows arrive and read where the COPY ends.
#[derive(Debug, Clone, Default)]
pub(crate) struct LinesScanned(Arc<Mutex<BTreeMap<String, u64>>>);

impl LinesScanned {
    pub(crate) fn add(&self, file: &str, lines: u64) {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *files.entry(file.to_owned()).or_default() += lines;
    }

    fn of(&self, file: &str) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(file).copied().unwrap_or_default()
    }
}

/// A COPY that has ended, well or badly.
#[derive(Debug)]
pub(crate) struct Load<'a> {
    pub copy: &'a CopyStatement,
    /// As Redshift knows it.
    pub table: String,
    pub objects: &'a [StoredObject],
    pub lines: LinesScanned,
    pub replacements: Replacements,
    pub rows: u64,
    pub errors: usize,
    pub completed: bool,
    pub took: Duration,
}

/// Writes it down on a session of its own, as load errors are.
pub(crate) async fn record(client: &Client, context: &Context<'_>, load: &Load<'_>) -> Result<(), Error> {
    let Context { user, query, session, .. } = context;
    let bytes: u64 = load.objects.iter().map(|object| object.bytes).sum();
    let files: Vec<String> = load
        .objects
        .iter()
        .map(|object| {
            let file = object.location.to_string();
            format!(
                "({}, {query}, {}, {}, {})",
                literal(user),
                literal(&file),
                object.bytes,
                load.lines.of(&file)
            )
        })
        .collect();
    let mut sql = format!(
        "INSERT INTO redshift_catalog.loads VALUES ({user}, {query}, {session}, {table}, {source}, {format},
             {completed}, statement_timestamp() AT TIME ZONE 'UTC', {took}, {rows}, {bytes}, {count}, {errors});",
        user = literal(user),
        table = literal(&load.table),
        source = literal(&load.copy.location.to_string()),
        format = literal(format_name(&load.copy.options.format)),
        completed = load.completed,
        took = load.took.as_micros(),
        rows = load.rows,
        count = load.objects.len(),
        errors = load.errors,
    );
    for batch in files.chunks(500) {
        sql.push_str("INSERT INTO redshift_catalog.load_files VALUES ");
        sql.push_str(&batch.join(", "));
        sql.push(';');
    }
    client.batch_execute(&sql).await
}

fn format_name(format: &Format) -> &'static str {
    match format {
        Format::Delimited { .. } | Format::FixedWidth(_) => "text",
        Format::Csv { .. } => "csv",
        Format::Json(_) | Format::JsonDocument => "json",
        Format::Avro(_) => "avro",
        Format::Parquet { .. } => "parquet",
        Format::Orc { .. } => "orc",
    }
}
