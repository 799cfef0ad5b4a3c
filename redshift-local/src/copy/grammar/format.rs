//! How the objects are cut into rows and values, packed and encoded (facts 1.4, 1.5).

use super::clauses::Clauses;
use super::keyword::Keyword;
use super::location::Location;
use crate::sql::refusal::Refusal;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Format {
    /// Fields between delimiters; a newline ends the row, unless ESCAPE takes its meaning away.
    Delimited {
        delimiter: u8,
        escape: bool,
        remove_quotes: bool,
    },
    Csv {
        delimiter: u8,
        quote: u8,
    },
    /// The width of each field, in the order of the columns.
    FixedWidth(Vec<usize>),
    /// A stream of objects or arrays.
    Json(Mapping),
    /// JSON 'noshred': each document goes whole into the one column, which is a SUPER.
    JsonDocument,
    Avro(Mapping),
    Parquet {
        serialize_to_json: bool,
    },
    Orc {
        serialize_to_json: bool,
    },
}

/// How the fields of a document find their columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mapping {
    /// By their names as they are written; columns are lower case (fact 0.17).
    Auto,
    AutoIgnoreCase,
    /// By the expressions in a file, in the order of the columns.
    Paths(Location),
}

impl Default for Format {
    fn default() -> Self {
        Self::Delimited { delimiter: b'|', escape: false, remove_quotes: false }
    }
}

impl Format {
    pub(crate) fn is_columnar(&self) -> bool {
        matches!(self, Self::Parquet { .. } | Self::Orc { .. })
    }

    pub(crate) fn of(clauses: &Clauses) -> Result<Self, Refusal> {
        let character = |keyword: Keyword| clauses.text(keyword, |text| one_character(keyword, text));
        let delimiter = clauses.text(Keyword::Delimiter, delimiter)?;
        let serialize_to_json = clauses.says(Keyword::SerializeToJson);
        if clauses.says(Keyword::Csv) {
            let quote = character(Keyword::Quote)?.unwrap_or(b'"');
            return Ok(Self::Csv { delimiter: delimiter.unwrap_or(b','), quote });
        }
        if clauses.says(Keyword::Parquet) {
            return Ok(Self::Parquet { serialize_to_json });
        }
        if clauses.says(Keyword::Orc) {
            return Ok(Self::Orc { serialize_to_json });
        }
        if let Some(format) = clauses.text(Keyword::Json, json)? {
            return Ok(format);
        }
        if let Some(mapping) = clauses.text(Keyword::Avro, |text| mapping(Keyword::Avro, text))? {
            return Ok(Self::Avro(mapping));
        }
        if let Some(widths) = clauses.text(Keyword::FixedWidth, widths)? {
            return Ok(Self::FixedWidth(widths));
        }
        Ok(Self::Delimited {
            delimiter: delimiter.unwrap_or(b'|'),
            escape: clauses.says(Keyword::Escape),
            remove_quotes: clauses.says(Keyword::RemoveQuotes),
        })
    }
}

pub(crate) fn one_character(keyword: Keyword, text: &str) -> Result<u8, Refusal> {
    match text.as_bytes() {
        &[byte] if byte.is_ascii() => Ok(byte),
        _ => Err(Refusal::new("42601", format!("{keyword} must be a single ASCII character"))),
    }
}

fn delimiter(text: &str) -> Result<u8, Refusal> {
    match text.chars().count() {
        0..=1 => one_character(Keyword::Delimiter, text),
        // Such as `|~|` [DG copy-parameters-data-format].
        _ => Err(Refusal::not_covered("DELIMITER of several characters")),
    }
}

fn json(text: &str) -> Result<Format, Refusal> {
    if text == "noshred" { Ok(Format::JsonDocument) } else { Ok(Format::Json(mapping(Keyword::Json, text)?)) }
}

fn mapping(format: Keyword, text: &str) -> Result<Mapping, Refusal> {
    match text {
        "auto" => Ok(Mapping::Auto),
        "auto ignorecase" => Ok(Mapping::AutoIgnoreCase),
        _ => Location::parse(text)
            .map(Mapping::Paths)
            .ok_or_else(|| Refusal::new("42601", format!("invalid {format} option '{text}'"))),
    }
}

/// `label:width,...`; the labels mean nothing [DG copy-parameters-data-format].
fn widths(text: &str) -> Result<Vec<usize>, Refusal> {
    let width = |field: &str| -> Option<usize> {
        let (_, width) = field.split_once(':')?;
        width.trim().parse().ok().filter(|width| *width > 0)
    };
    text.split(',')
        .map(width)
        .collect::<Option<_>>()
        .ok_or_else(|| Refusal::new("42601", format!("invalid FIXEDWIDTH specification '{text}'")))
}
