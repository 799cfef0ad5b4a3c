//! Columns of files that say their types themselves: Parquet, ORC, Avro. No values are looked at.

use crate::infer::choose::Choice;
use crate::model::shown::excerpt;
use crate::source::head::avro::AvroField;
use crate::source::parquet::columns::{Kind, ParquetColumn};

/// A column of such a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    pub name: String,
    pub choice: Choice,
}

/// Of Parquet or ORC.
pub fn of_columnar(columns: &[ParquetColumn]) -> Vec<Declared> {
    let declared = |column: &ParquetColumn| {
        let is_text = matches!(column.kind, Kind::Text | Kind::Bytes | Kind::Other);
        let remarks = match column.kind {
            _ if is_text => Some(LENGTHS.to_owned()),
            Kind::Nested => Some(
                "COPY fills a SUPER from such a file with `copy_options: [SERIALIZETOJSON]` only".to_owned(),
            ),
            Kind::Integer { bits: 64, is_signed: false } => {
                Some("unsigned: COPY refuses what is beyond BIGINT".to_owned())
            }
            _ => None,
        };
        // Of YAML; here is what it says.
        let type_word = column.kind.type_word().trim_matches('\'').to_owned();
        Declared {
            name: column.name.clone(),
            choice: Choice {
                type_word,
                why: vec![format!("the file says {}", column.written)],
                remarks: remarks.into_iter().collect(),
            },
        }
    };
    columns.iter().map(declared).collect()
}

/// Whether COPY must be told to write what is nested as JSON.
pub fn has_nested(columns: &[ParquetColumn]) -> bool {
    columns.iter().any(|column| column.kind == Kind::Nested)
}

/// Of Avro.
pub fn of_avro(fields: &[AvroField]) -> Vec<Declared> {
    let declared = |field: &AvroField| {
        let null = if field.is_nullable { ", or null" } else { "" };
        Declared {
            name: field.name.clone(),
            choice: Choice {
                type_word: field.type_word().to_owned(),
                why: vec![format!("the file says {}{null}", excerpt(&field.kind))],
                remarks: avro_remark(field).map(str::to_owned).into_iter().collect(),
            },
        }
    };
    fields.iter().map(declared).collect()
}

const LENGTHS: &str = "how long its texts are was not looked at";

fn avro_remark(field: &AvroField) -> Option<&'static str> {
    match (field.kind.as_str(), field.type_word()) {
        ("date", _) => Some("days since 1970, as COPY reads no dates of Avro; write them as text"),
        (_, "bigint") if field.kind.contains("timestamp") => {
            Some("a number, as COPY reads only milliseconds of Avro into timestamps; write timestamp-millis")
        }
        (_, "longtext") => Some(LENGTHS),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
