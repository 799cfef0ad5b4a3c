//! The header of CSV and of delimited files: the last line that `ignore_header` skips.

use std::borrow::Cow;

use crate::model::copy_options::option::Encoding;
use crate::source::head::NAMES;

/// How the fields of a line are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialect<'a> {
    pub delimiter: &'a str,
    pub quoting: Quoting,
}

/// What takes the meaning of a delimiter away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quoting {
    /// CSV: this mark around a field, doubled inside of it.
    Doubled(char),
    /// Delimited: a backslash before a character (ESCAPE), quotes of either kind around a field (REMOVEQUOTES).
    Marks { escape: bool, remove_quotes: bool },
}

/// Why a head has no header.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoHeader {
    #[error("has fewer than the {0} lines that `ignore_header` skips")]
    FewerLines(u64),
    /// The rest of the file may have more.
    #[error("has no line end within its first bytes where the header should be")]
    LongerThanHead,
    #[error("has more than {NAMES} columns in its header")]
    TooManyColumns,
    #[error("is not {0} text in its header")]
    NotText(&'static str),
    #[error("has a quotation mark in its header that is not closed")]
    Unquoted,
}

/// The names in line `line` (the first is 1) of the unpacked beginning of a file, in their order.
///
/// Blanks and a byte order mark are put aside, and a name may stand twice. `is_whole` says that `start` is all of the file.
pub fn names(
    start: &[u8],
    is_whole: bool,
    line: u64,
    encoding: Encoding,
    dialect: &Dialect<'_>,
) -> Result<Vec<String>, NoHeader> {
    let text = decoded(start, is_whole, encoding)?;
    let text = text.trim_start_matches('\u{feff}');
    let mut rest = text;
    for _ in 1..line {
        let Some((_, behind)) = rest.split_once('\n') else {
            return Err(if is_whole { NoHeader::FewerLines(line) } else { NoHeader::LongerThanHead });
        };
        rest = behind;
    }
    let header = match rest.split_once('\n') {
        Some((header, _)) => header,
        None if !is_whole => return Err(NoHeader::LongerThanHead),
        None if rest.is_empty() => return Err(NoHeader::FewerLines(line)),
        None => rest,
    };
    let header = header.strip_suffix('\r').unwrap_or(header);
    Ok(fields(header, dialect)?.iter().map(|name| name.trim().to_owned()).collect())
}

/// The fields of one row, without its line end; where they stand in quotes they may have others.
pub fn fields(row: &str, dialect: &Dialect<'_>) -> Result<Vec<String>, NoHeader> {
    match dialect.quoting {
        Quoting::Doubled(quote) => csv_fields(row, dialect.delimiter, quote),
        Quoting::Marks { escape, remove_quotes } => {
            marked_fields(row, dialect.delimiter, escape, remove_quotes)
        }
    }
}

/// The text as far as it is whole. What cannot be decoded behind the last whole character of a cut head is left out.
///
/// # Errors
/// When it is no text of this encoding.
pub fn decoded(start: &[u8], is_whole: bool, encoding: Encoding) -> Result<Cow<'_, str>, NoHeader> {
    let wide = |order: fn([u8; 2]) -> u16| {
        let units = start.chunks_exact(2).map(|pair| order([pair[0], pair[1]]));
        Ok(Cow::Owned(char::decode_utf16(units).map(|unit| unit.unwrap_or('\u{fffd}')).collect()))
    };
    match (encoding, start) {
        (Encoding::Utf8, _) => match std::str::from_utf8(start) {
            Ok(text) => Ok(Cow::Borrowed(text)),
            // Only the header must be text: COPY tells of the rows.
            Err(error) => {
                let whole = start.get(..error.valid_up_to()).and_then(|text| std::str::from_utf8(text).ok());
                let text = whole.unwrap_or_default();
                let is_cut = !is_whole && error.error_len().is_none();
                if is_cut || text.contains('\n') {
                    Ok(Cow::Borrowed(text))
                } else {
                    Err(NoHeader::NotText("UTF-8"))
                }
            }
        },
        (Encoding::Utf16, [0xff, 0xfe, ..]) | (Encoding::Utf16LittleEndian, _) => wide(u16::from_le_bytes),
        (Encoding::Utf16, [0xfe, 0xff, ..]) | (Encoding::Utf16BigEndian, _) => wide(u16::from_be_bytes),
        (Encoding::Utf16, _) => Err(NoHeader::NotText("UTF-16")),
        (Encoding::Iso88591, _) => Ok(Cow::Owned(start.iter().copied().map(char::from).collect())),
    }
}

/// Blanks between a delimiter and a quotation mark are no part of the field [DG copy-parameters-data-format].
fn csv_fields(line: &str, delimiter: &str, quote: char) -> Result<Vec<String>, NoHeader> {
    let mut fields = Vec::new();
    let mut rest = Some(line);
    while let Some(ahead) = rest {
        if fields.len() == NAMES {
            return Err(NoHeader::TooManyColumns);
        }
        let is_blank = |next: char| matches!(next, ' ' | '\t') && !delimiter.starts_with(next);
        let (field, behind) = match ahead.trim_start_matches(is_blank).strip_prefix(quote) {
            Some(body) => quoted(body, quote)?,
            None => (String::new(), ahead),
        };
        let (bare, behind) = match behind.split_once(delimiter) {
            Some((bare, behind)) => (bare, Some(behind)),
            None => (behind, None),
        };
        fields.push(field + bare);
        rest = behind;
    }
    Ok(fields)
}

/// What stands before the closing mark, doubled ones resolved, and what follows.
fn quoted(body: &str, quote: char) -> Result<(String, &str), NoHeader> {
    let mut field = String::new();
    let mut rest = body;
    while let Some((before, behind)) = rest.split_once(quote) {
        field.push_str(before);
        match behind.strip_prefix(quote) {
            Some(more) => {
                field.push(quote);
                rest = more;
            }
            None => return Ok((field, behind)),
        }
    }
    Err(NoHeader::Unquoted)
}

fn marked_fields(
    line: &str,
    delimiter: &str,
    escape: bool,
    remove_quotes: bool,
) -> Result<Vec<String>, NoHeader> {
    let mut fields = vec![String::new()];
    let mut open: Option<char> = None;
    let mut is_start = true;
    let mut rest = line;
    while let Some(character) = rest.chars().next() {
        let behind = rest.get(character.len_utf8()..).unwrap_or_default();
        let field = fields.last_mut().expect("there is always one field");
        let escaped = behind.chars().next().filter(|_| escape && character == '\\');
        if let Some(escaped) = escaped {
            field.push(escaped);
            rest = behind.get(escaped.len_utf8()..).unwrap_or_default();
            is_start = false;
            continue;
        }
        if open.is_none()
            && let Some(behind) = rest.strip_prefix(delimiter)
        {
            if fields.len() == NAMES {
                return Err(NoHeader::TooManyColumns);
            }
            fields.push(String::new());
            (rest, is_start) = (behind, true);
            continue;
        }
        match open {
            Some(quote) if quote == character => open = None,
            None if remove_quotes && is_start && matches!(character, '"' | '\'') => open = Some(character),
            _ => field.push(character),
        }
        (rest, is_start) = (behind, false);
    }
    if open.is_some() { Err(NoHeader::Unquoted) } else { Ok(fields) }
}

#[cfg(test)]
mod tests;
