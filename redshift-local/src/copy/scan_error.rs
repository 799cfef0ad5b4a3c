//! What Spectrum says of a file that it cannot read for COPY: an error of the statement, not of a row (fact 1.8).

#[cfg(feature = "parquet")]
use std::fmt::Display;

use super::load_error::LoadError;
#[cfg(feature = "parquet")]
use super::{grammar::format::Format, target::Column};
use crate::wire::diagnosis::detail;
use crate::wire::report::Report;

const MESSAGE: &str = "Spectrum Scan Error";
const CODE: u32 = 15_007;

/// The line `context:` of the error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ScanError(String);

#[cfg(feature = "parquet")]
impl ScanError {
    pub(super) fn columns(file: &str, table: usize, data: usize) -> Self {
        Self(format!(
            "Unmatched number of columns between table and file. Table columns: {table}, Data columns: {data}, \
             File name: {}",
            presigned(file)
        ))
    }

    pub(super) fn incompatible(file: &str, format: &Format, column: &Column, found: &str) -> Self {
        let (file_name, kind) = (presigned(file), column.kind.short_name().to_uppercase());
        let name = &column.name;
        Self(match format {
            Format::Orc { .. } => format!(
                "File '{file_name}': declared column type {kind} for column {name} incompatible with ORC file column \
                 type {found}"
            ),
            _ => format!(
                "File '{file_name}' has an incompatible Parquet schema for column '{file}.{name}'. Column type: \
                 {kind}, Parquet schema: {found}"
            ),
        })
    }

    pub(super) fn not_of_format(file: &str, format: &Format) -> Self {
        let format = if matches!(format, Format::Orc { .. }) { "ORC" } else { "Parquet" };
        Self(format!(
            "File '{}' is not a readable {format} file: its footer is missing or broken",
            presigned(file)
        ))
    }

    pub(super) fn corrupt(file: &str, why: &dyn Display) -> Self {
        Self(format!("File '{}' is corrupt: {why}", presigned(file)))
    }

    pub(super) fn row_count(file: &str, promised: u64, found: u64) -> Self {
        Self(format!("File '{}' is corrupt: it promises {promised} rows and has {found}", presigned(file)))
    }

    /// Something that Redshift may read.
    pub(super) fn not_covered(file: &str, what: &dyn Display) -> Self {
        Self(format!("File '{}' has {what}, which is not covered by redshift-local", presigned(file)))
    }
}

impl ScanError {
    /// A value that its column does not take. There is no MAXERROR here: the first one ends the COPY.
    pub(crate) fn of_value(error: &LoadError) -> Self {
        let file = presigned(&error.file);
        match &error.column {
            Some((name, _, length)) if error.reject.code == 1204 => Self(format!(
                "The length of the data column {name} is longer than the length defined in the table. Table: \
                 {length}, Data: {}, File name: {file}",
                error.value_length
            )),
            Some((name, ..)) => Self(format!("{} for column {name}, File name: {file}", error.reject.reason)),
            None => Self(format!("{}, File name: {file}", error.reject.reason)),
        }
    }

    pub(crate) fn report(&self, query: i32, pid: i32) -> Report {
        let rest = [
            ("query", query.to_string()),
            ("location", "dory_util.cpp:1777".to_owned()),
            ("process", format!("worker_thread [pid={pid}]")),
        ];
        Report::error("XX000", MESSAGE).with_detail(detail(MESSAGE, CODE, &self.0, &rest))
    }
}

/// The address that Spectrum reads the object under.
fn presigned(file: &str) -> String {
    format!("https://s3.amazonaws.com/{}", file.strip_prefix("s3://").unwrap_or(file))
}
