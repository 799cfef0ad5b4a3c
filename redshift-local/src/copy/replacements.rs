//! Rows in which ACCEPTINVCHARS replaced something, as `stl_replacements` and `sys_copy_replacements` will show them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio_postgres::{Client, Error};

use super::load_error::{Context, excerpt};
use crate::sql::quote::literal;

/// So many rows of each slice are written down [DG `r_STL_REPLACEMENTS`]; here all rows are of one slice.
const WRITTEN_DOWN: usize = 100;

/// One row that was loaded with other bytes than stood in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Replacement {
    pub file: String,
    pub line: u64,
    /// The first one; empty when the bytes reached no column.
    pub column: String,
    pub raw_line: String,
}

impl Replacement {
    pub(crate) fn new(file: &str, line: u64, column: &str, raw_line: &[u8]) -> Self {
        Self { file: file.to_owned(), line, column: column.to_owned(), raw_line: excerpt(raw_line) }
    }
}

#[derive(Debug, Default)]
struct Noted {
    rows: u64,
    first: Vec<Replacement>,
}

/// Counted where the rows arrive and read where the COPY ends.
#[derive(Debug, Clone, Default)]
pub(crate) struct Replacements(Arc<Mutex<Noted>>);

impl Replacements {
    pub(crate) fn note(&self, replacement: Replacement) {
        let mut noted = self.noted();
        noted.rows += 1;
        if noted.first.len() < WRITTEN_DOWN {
            noted.first.push(replacement);
        }
    }

    /// All rows, also those that are not written down.
    pub(crate) fn rows(&self) -> u64 {
        self.noted().rows
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes them down on a session of its own, as load errors are.
pub(crate) async fn record(
    client: &Client,
    context: &Context<'_>,
    replacements: &Replacements,
    took: Duration,
) -> Result<(), Error> {
    let Context { user, query, session, table } = context;
    let begun =
        format!("statement_timestamp() AT TIME ZONE 'UTC' - {} * interval '1 microsecond'", took.as_micros());
    let rows: Vec<String> = replacements
        .noted()
        .first
        .iter()
        .map(|Replacement { file, line, column, raw_line }| {
            let [user, file, column, raw_line] = [user, file.as_str(), column, raw_line].map(literal);
            format!("({user}, {query}, {session}, {table}, {begun}, {file}, {line}, {column}, {raw_line})")
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    client
        .batch_execute(&format!("INSERT INTO redshift_catalog.replacements VALUES {}", rows.join(", ")))
        .await
}
