//! JSON: a stream of documents, whose values find their columns by name or by path (facts 1.4, 0.17).

pub(crate) mod document;
pub(crate) mod paths;
pub(crate) mod shape;

use std::borrow::Cow;

use serde::de::DeserializeSeed as _;
use serde_json::value::RawValue;

use super::broken::Broken;
use super::column_kind::ColumnKind;
use super::input::window::Window;
use super::load_error::Reject;
use super::row::{RowSink, Stop};
use super::target::Column;
use super::utf8::{otherwise, text};
use super::value::number::through_a_double;
use document::{newlines, next_document};
use shape::{Found, Shape};

/// Decodes one object of S3, each document by the shape; without one it is the only value of its row.
pub(crate) fn decode(
    file: &str,
    shape: Option<&Shape>,
    mut line: u64,
    window: &mut Window<'_>,
    sink: &mut RowSink,
) -> Result<(), Broken> {
    while let Some(length) = next_document(window, &mut line)? {
        let raw = &window.bytes()[..length];
        let first_line = line;
        line += newlines(raw);
        match text(raw, sink.options()) {
            Ok(Cow::Owned(text)) => changed_row(file, first_line, (raw, &text), shape, sink)?,
            Ok(text) => row(file, first_line, &text, shape, sink)?,
            Err(reject) => sink.bad_row(file, first_line, raw, reject)?,
        }
        window.advance(length);
    }
    Ok(())
}

/// Takes one document as a row.
pub(crate) fn row(
    file: &str,
    line: u64,
    document: &str,
    shape: Option<&Shape>,
    sink: &mut RowSink,
) -> Result<(), Stop> {
    let longest = sink.longest_row();
    if document.len() > longest.bytes() {
        let reason =
            format!("Input line is not valid: the JSON object is longer than {} MB", longest.megabytes());
        return sink.bad_row(file, line, document.as_bytes(), Reject::new(1216, reason));
    }
    match values(document, shape, sink.columns()) {
        Ok(values) => sink.row(file, line, document.as_bytes(), &values),
        Err(reject) => sink.bad_row(file, line, document.as_bytes(), reject),
    }
}

/// Takes a document that ACCEPTINVCHARS changed, as it was and as it is.
fn changed_row(
    file: &str,
    line: u64,
    (raw, document): (&[u8], &str),
    shape: Option<&Shape>,
    sink: &mut RowSink,
) -> Result<(), Stop> {
    let other = otherwise(raw, sink.options());
    match (values(document, shape, sink.columns()), values(&other, shape, sink.columns())) {
        (Ok(values), Ok(others)) if document.len() <= sink.longest_row().bytes() => {
            sink.row_with_replacements(file, line, raw, &values, &others)
        }
        _ => row(file, line, document, shape, sink),
    }
}

/// The values of the columns.
fn values<'a>(
    document: &'a str,
    shape: Option<&Shape>,
    columns: &[Column],
) -> Result<Vec<Option<Cow<'a, str>>>, Reject> {
    // Each row is a structure of its own [DG copy-parameters-data-format]; of a lone null all columns would be NULL.
    if !document.trim_ascii_start().starts_with(['{', '[']) {
        return Err(Reject::new(1216, "Invalid JSON object: neither an object nor an array"));
    }
    let Some(shape) = shape else { return Ok(vec![Some(Cow::Borrowed(document))]) };
    let mut found = Found::new(columns.len());
    let mut deserializer = serde_json::Deserializer::from_str(document);
    shape.fill(&mut found).deserialize(&mut deserializer).map_err(|error| not_json(&error))?;
    deserializer.end().map_err(|error| not_json(&error))?;
    let values = found.settle()?;
    columns
        .iter()
        .zip(values)
        .map(|(column, value)| value.map_or(Ok(None), |value| plain(value, column)))
        .collect()
}

fn not_json(error: &serde_json::Error) -> Reject {
    Reject::new(1216, format!("Invalid JSON object: {error}")).at(error.column())
}

/// What a column sees of a JSON value: a string's characters, anything else as it is written, nested JSON included.
/// A SUPER keeps strings as JSON.
fn plain<'a>(value: &'a RawValue, column: &Column) -> Result<Option<Cow<'a, str>>, Reject> {
    let written = value.get();
    match written.as_bytes().first() {
        Some(b'n') => Ok(None),
        Some(b'"') if column.kind == ColumnKind::Super => Ok(Some(Cow::Borrowed(written))),
        Some(b'"') if memchr::memchr(b'\\', written.as_bytes()).is_none() => {
            let inner = written.strip_prefix('"').and_then(|inner| inner.strip_suffix('"'));
            Ok(Some(Cow::Borrowed(inner.unwrap_or_default())))
        }
        Some(b'"') => {
            let text: String = serde_json::from_str(written).map_err(|error| not_json(&error))?;
            Ok(Some(Cow::Owned(text)))
        }
        // The loss of precision that the guide warns of [DG copy-usage_notes-copy-from-json]: 1.15 is cut to 1.14.
        Some(b'-' | b'0'..=b'9') if matches!(column.kind, ColumnKind::Numeric { .. }) => {
            Ok(Some(through_a_double(written)))
        }
        _ => Ok(Some(Cow::Borrowed(written))),
    }
}

#[cfg(test)]
mod tests;
