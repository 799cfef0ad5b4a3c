//! Where decoded rows go: written for PostgreSQL when every value fits, remembered as a load error when one does not.

use std::borrow::Cow;

use bytes::Bytes;
use tokio::sync::mpsc;

use super::column_kind::ColumnKind;
use super::grammar::options::{Options, Tolerance};
use super::history::LinesScanned;
use super::load_error::{LoadError, Reject};
use super::replacements::{Replacement, Replacements};
use super::target::Column;
use super::value;
use crate::cli::LongestRow;

/// Rows are handed on in pieces of about this size.
const BATCH: usize = 128 * 1024;

/// Why decoding ends before the input does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    TooManyErrors,
    /// The COPY was cancelled, or S3 failed: nobody waits for rows any more.
    Abandoned,
}

pub(crate) struct RowSink {
    columns: Vec<Column>,
    options: Options,
    batches: mpsc::Sender<Bytes>,
    out: Vec<u8>,
    rows: u64,
    errors: Vec<LoadError>,
    longest_row: LongestRow,
    /// The file at hand, and the lines of it that are not told yet.
    scanning: (String, u64),
    scanned: LinesScanned,
    replacements: Replacements,
}

impl Drop for RowSink {
    fn drop(&mut self) {
        self.scanned.add(&self.scanning.0, self.scanning.1);
    }
}

impl RowSink {
    pub(crate) fn new(columns: Vec<Column>, options: Options, batches: mpsc::Sender<Bytes>) -> Self {
        Self {
            columns,
            options,
            batches,
            out: Vec::with_capacity(BATCH + 4096),
            rows: 0,
            errors: Vec::new(),
            longest_row: LongestRow::default(),
            scanning: Default::default(),
            scanned: LinesScanned::default(),
            replacements: Replacements::default(),
        }
    }

    pub(crate) fn with_longest_row(self, longest_row: LongestRow) -> Self {
        // A sink counts when it is dropped, so no part of it can be moved out.
        let mut sink = self;
        sink.longest_row = longest_row;
        sink
    }

    pub(crate) fn longest_row(&self) -> LongestRow {
        self.longest_row
    }

    /// Where the lines of each file are counted, to be read when the sink is done.
    pub(crate) fn scanned(&self) -> LinesScanned {
        self.scanned.clone()
    }

    /// Where the rows are noted that ACCEPTINVCHARS changed, to be read when the sink is done.
    pub(crate) fn replacements(&self) -> Replacements {
        self.replacements.clone()
    }

    fn scan(&mut self, file: &str) {
        if self.scanning.0 != file {
            let (file, lines) = std::mem::replace(&mut self.scanning, (file.to_owned(), 0));
            self.scanned.add(&file, lines);
        }
        self.scanning.1 += 1;
    }

    pub(crate) fn columns(&self) -> &[Column] {
        &self.columns
    }

    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    /// Takes a row of one value per column. `raw` is what stood in the file.
    pub(crate) fn row(
        &mut self,
        file: &str,
        line: u64,
        raw: &[u8],
        values: &[Option<Cow<'_, str>>],
    ) -> Result<(), Stop> {
        self.scan(file);
        let start = self.out.len();
        for (index, (column, value)) in self.columns.iter().zip(values).enumerate() {
            if index > 0 {
                self.out.push(b'\t');
            }
            if let Err(reject) = value::write(column, value.as_deref(), &self.options, &mut self.out) {
                self.out.truncate(start);
                let raw_value = value.as_deref().unwrap_or_default().as_bytes();
                let error = LoadError::new(file, line, raw, reject).in_column(column, raw_value);
                return self.reject(error);
            }
        }
        self.out.push(b'\n');
        self.rows += 1;
        if self.out.len() >= BATCH { self.hand_on() } else { Ok(()) }
    }

    /// Takes a row that ACCEPTINVCHARS changed. `others` are its values with another replacement, so that they differ in
    /// the columns that have any. A CHAR takes none [DG copy-parameters-data-conversion].
    pub(crate) fn row_with_replacements(
        &mut self,
        file: &str,
        line: u64,
        raw: &[u8],
        values: &[Option<Cow<'_, str>>],
        others: &[Option<Cow<'_, str>>],
    ) -> Result<(), Stop> {
        let differs = |index: &usize| values.get(*index) != others.get(*index);
        let is_char = |index: &usize| matches!(self.columns[*index].kind, ColumnKind::Char { .. });
        let changed: Vec<usize> = (0..self.columns.len()).filter(differs).collect();
        if let Some(&index) = changed.iter().find(|index| is_char(index)) {
            self.scan(file);
            let value = values[index].as_deref().unwrap_or_default().as_bytes();
            let error = LoadError::new(file, line, raw, value::not_single_bytes());
            return self.reject(error.in_column(&self.columns[index], value));
        }
        let column = changed.first().map_or("", |&index| self.columns[index].name.as_str());
        let replacement = Replacement::new(file, line, column, raw);
        let before = self.rows;
        self.row(file, line, raw, values)?;
        if self.rows > before {
            self.replacements.note(replacement);
        }
        Ok(())
    }

    /// Takes a row that could not be cut into values.
    pub(crate) fn bad_row(&mut self, file: &str, line: u64, raw: &[u8], reject: Reject) -> Result<(), Stop> {
        self.scan(file);
        self.reject(LoadError::new(file, line, raw, reject))
    }

    fn reject(&mut self, error: LoadError) -> Result<(), Stop> {
        self.errors.push(error);
        match self.options.tolerance {
            Tolerance::FailsAt(limit) if self.errors.len() as u64 >= limit => Err(Stop::TooManyErrors),
            _ => Ok(()),
        }
    }

    fn hand_on(&mut self) -> Result<(), Stop> {
        if self.options.no_load {
            self.out.clear();
            return Ok(());
        }
        let batch = std::mem::replace(&mut self.out, Vec::with_capacity(BATCH + 4096));
        self.batches.blocking_send(batch.into()).map_err(|_| Stop::Abandoned)
    }

    /// Hands on what is left; the number of rows and the errors.
    pub(crate) fn finish(mut self) -> Result<(u64, Vec<LoadError>), Stop> {
        if !self.out.is_empty() {
            self.hand_on()?;
        }
        Ok((self.rows, std::mem::take(&mut self.errors)))
    }

    pub(crate) fn into_errors(mut self) -> Vec<LoadError> {
        std::mem::take(&mut self.errors)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, Strategy, any, prop_oneof, proptest};

    use super::*;

    const KINDS: [ColumnKind; 14] = [
        ColumnKind::SmallInt,
        ColumnKind::BigInt,
        ColumnKind::Numeric { precision: 10, scale: 2 },
        ColumnKind::Real,
        ColumnKind::Double,
        ColumnKind::Boolean,
        ColumnKind::Char { length: 5 },
        ColumnKind::Varchar { length: 9 },
        ColumnKind::Date,
        ColumnKind::Timestamp,
        ColumnKind::TimestampTz,
        ColumnKind::Time,
        ColumnKind::Super,
        ColumnKind::Varbyte { length: 3 },
    ];

    /// Anything, and what looks like a value.
    fn text() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<String>(),
            "[-+0-9.eE:TZ /]{0,24}",
            "[\\\\\\t\\n\\r\\x00a\u{e4}\u{1f600}\"{}\\[\\]]{0,9}",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_row_that_is_let_through_is_one_line_of_as_many_fields_as_columns(values in proptest::collection::vec(proptest::option::of(text()), KINDS.len())) {
            for (kind, value) in KINDS.into_iter().zip(&values) {
                let column = |name: &str| Column { name: name.to_owned(), kind, not_null: false, default: None };
                let (batches_in, mut batches) = mpsc::channel(1);
                let mut sink = RowSink::new(vec![column("a"), column("b")], Options::default(), batches_in);
                let value = value.as_deref().map(Cow::Borrowed);
                let taken = sink.row("s3://b/k", 1, b"", &[value.clone(), value]);
                let errors = sink.errors.len();
                assert_eq!(taken.is_ok(), errors == 0);
                if taken.is_ok() {
                    sink.finish().expect("somebody takes the batch");
                    let batch = batches.blocking_recv().expect("there is a row");
                    let count = |wanted: u8| batch.iter().filter(|byte| **byte == wanted).count();
                    assert_eq!((count(b'\n'), count(b'\t'), batch.last()), (1, 1, Some(&b'\n')), "{kind:?}");
                }
            }
        }
    }
}
