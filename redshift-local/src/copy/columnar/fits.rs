//! Whether a file's columns can fill the table's: as many, and each of a type that its column takes.
//!
//! Integers and floats may be narrower than their columns and never wider; a decimal has its column's scale. A SUPER
//! takes anything, and only with SERIALIZETOJSON [DG ingest-super].

use arrow::datatypes::DataType;

use super::table_file::FileColumn;
use crate::copy::column_kind::ColumnKind;
use crate::copy::grammar::format::Format;
use crate::copy::scan_error::ScanError;
use crate::copy::target::Column;

pub(super) fn check(
    file: &str,
    format: &Format,
    columns: &[Column],
    fields: &[FileColumn],
    fill_record: bool,
) -> Result<(), ScanError> {
    let serialize_to_json = matches!(
        format,
        Format::Parquet { serialize_to_json: true } | Format::Orc { serialize_to_json: true }
    );
    let enough = fields.len() == columns.len() || (fill_record && fields.len() < columns.len());
    if !enough {
        return Err(ScanError::columns(file, columns.len(), fields.len()));
    }
    let misfit = columns
        .iter()
        .zip(fields)
        .find(|(column, field)| !takes(column.kind, &field.data_type, serialize_to_json));
    if let Some((column, field)) = misfit {
        return Err(ScanError::incompatible(file, format, column, &field.written));
    }
    let odd_map = columns.iter().zip(fields).find(|(_, field)| has_odd_map(&field.data_type));
    match odd_map {
        Some((column, _)) => {
            let what = format!("a map whose keys are no strings in column {}", column.name);
            Err(ScanError::not_covered(file, &what))
        }
        None => Ok(()),
    }
}

/// JSON has strings for keys, and how Redshift would write others is not known.
fn has_odd_map(found: &DataType) -> bool {
    match found {
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(fields) => {
                fields.first().is_none_or(|key| !is_text(key.data_type()))
                    || fields.iter().any(|field| has_odd_map(field.data_type()))
            }
            _ => true,
        },
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            has_odd_map(item.data_type())
        }
        DataType::Struct(fields) => fields.iter().any(|field| has_odd_map(field.data_type())),
        _ => false,
    }
}

fn takes(kind: ColumnKind, found: &DataType, serialize_to_json: bool) -> bool {
    use DataType as T;
    match kind {
        ColumnKind::SmallInt => matches!(found, T::Int8 | T::UInt8 | T::Int16),
        ColumnKind::Integer => matches!(found, T::Int8 | T::UInt8 | T::Int16 | T::UInt16 | T::Int32),
        ColumnKind::BigInt => {
            matches!(
                found,
                T::Int8 | T::UInt8 | T::Int16 | T::UInt16 | T::Int32 | T::UInt32 | T::Int64 | T::UInt64
            )
        }
        ColumnKind::Real => matches!(found, T::Float16 | T::Float32),
        ColumnKind::Double => matches!(found, T::Float16 | T::Float32 | T::Float64),
        ColumnKind::Boolean => *found == T::Boolean,
        ColumnKind::Numeric { precision, scale } => match found {
            T::Decimal32(digits, places)
            | T::Decimal64(digits, places)
            | T::Decimal128(digits, places)
            | T::Decimal256(digits, places) => {
                usize::from(*digits) <= precision && usize::try_from(*places) == Ok(scale)
            }
            _ => false,
        },
        ColumnKind::Char { .. } | ColumnKind::Varchar { .. } => is_text(found) || is_bytes(found),
        ColumnKind::Varbyte { .. } => is_bytes(found) || matches!(found, T::FixedSizeBinary(_)),
        ColumnKind::Date => matches!(found, T::Date32 | T::Date64),
        ColumnKind::Timestamp | ColumnKind::TimestampTz => matches!(found, T::Timestamp(_, _)),
        ColumnKind::Time => matches!(found, T::Time32(_) | T::Time64(_)),
        ColumnKind::TimeTz => false,
        ColumnKind::Super => serialize_to_json,
    }
}

fn is_text(found: &DataType) -> bool {
    matches!(found, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

/// Also what older writers call text.
fn is_bytes(found: &DataType) -> bool {
    matches!(found, DataType::Binary | DataType::LargeBinary | DataType::BinaryView)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_takes_what_is_no_wider() {
        assert!(takes(ColumnKind::BigInt, &DataType::Int32, false));
        assert!(!takes(ColumnKind::Integer, &DataType::Int64, false));
        assert!(!takes(ColumnKind::Double, &DataType::Int32, false));
        let money = ColumnKind::Numeric { precision: 12, scale: 2 };
        assert!(takes(money, &DataType::Decimal128(10, 2), false));
        assert!(!takes(money, &DataType::Decimal128(10, 3), false));
        assert!(!takes(money, &DataType::Float64, false));
    }

    #[test]
    fn a_super_needs_serializetojson() {
        assert!(!takes(ColumnKind::Super, &DataType::Utf8, false));
        assert!(takes(ColumnKind::Super, &DataType::Utf8, true));
    }
}
