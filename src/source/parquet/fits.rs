//! Whether the columns of a Parquet or ORC file fit those of a table (redshift-facts 1.8).
//!
//! COPY fills columns of a list by their place. The list is made from the names of the file, so their order does not
//! matter; what has no column cannot be passed over, and types must fit without a conversion.

use crate::model::column_type::ColumnType;
use crate::model::ident::Ident;
use crate::model::shown::excerpt;
use crate::model::table::Column;
use crate::source::parquet::columns::{Kind, ParquetColumn};
use crate::source::placing::Placing;

/// What a file has for the columns that are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fitting {
    /// When there are no problems, `placed` of it is the list of columns for COPY.
    pub placing: Placing,
    /// Empty when COPY will take the file; each a clause that follows its name.
    pub problems: Vec<Problem>,
    /// Columns of type TIMESTAMP that would get instants: their wall time is that of UTC, whatever zone the table is meant in.
    pub instants: Vec<Ident>,
}

/// Why COPY would refuse the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("has the column `{}`, which the config lacks, and COPY cannot skip it", excerpt(.0))]
    Unknown(String),
    #[error("has the column `{}` twice, as Redshift folds names to lower case", excerpt(.0))]
    Twice(String),
    #[error("has no columns")]
    NoColumns,
    #[error("lacks the column `{0}`, which is NOT NULL without a default")]
    Missing(Ident),
    #[error("has `{}` for the column `{column}`, which is {column_type} and takes {takes}", excerpt(.written))]
    Type { column: Ident, column_type: ColumnType, written: String, takes: &'static str },
}

/// `serialize_to_json`: whether COPY is told SERIALIZETOJSON, without which a SUPER column takes nothing.
pub fn fits(columns: &[ParquetColumn], wanted: &[Column], serialize_to_json: bool) -> Fitting {
    let placing = Placing::of(columns.iter().map(|column| column.name.as_str()), wanted);
    let mut problems = Vec::new();
    if columns.is_empty() {
        problems.push(Problem::NoColumns);
    }
    problems.extend(placing.unknown.iter().cloned().map(Problem::Unknown));
    problems.extend(placing.twice.iter().cloned().map(Problem::Twice));
    let find = |name: &Ident| wanted.iter().find(|column| column.name == *name);
    let is_needed =
        |name: &&Ident| find(name).is_some_and(|column| column.not_null && column.default.is_none());
    problems.extend(placing.missing.iter().filter(is_needed).cloned().map(Problem::Missing));
    let mut instants = Vec::new();
    for found in columns {
        let folded = found.name.trim().to_ascii_lowercase();
        let Some(column) = wanted.iter().find(|column| column.name.as_str() == folded) else { continue };
        if !takes(column.column_type, found.kind, serialize_to_json) {
            problems.push(Problem::Type {
                column: column.name.clone(),
                column_type: column.column_type,
                written: found.written.clone(),
                takes: taken(column.column_type),
            });
        } else if column.column_type == ColumnType::Timestamp
            && found.kind == (Kind::Timestamp { is_instant: true })
        {
            instants.push(column.name.clone());
        }
    }
    Fitting { placing, problems, instants }
}

/// Integers and floats may be narrower than their columns and never wider; a decimal has its column's scale.
fn takes(column: ColumnType, found: Kind, serialize_to_json: bool) -> bool {
    let integer = |most: u8| match found {
        Kind::Integer { bits, is_signed: true } => bits <= most,
        // One bit more is needed for their sign, but for 64: Redshift has nothing wider, and refuses what is too large.
        Kind::Integer { bits, is_signed: false } => bits < most || most == 64,
        _ => false,
    };
    match column {
        ColumnType::SmallInt => integer(16),
        ColumnType::Integer => integer(32),
        ColumnType::BigInt => integer(64),
        ColumnType::Real => found == Kind::Float,
        ColumnType::DoublePrecision => matches!(found, Kind::Float | Kind::Double),
        ColumnType::Boolean => found == Kind::Boolean,
        ColumnType::Numeric { precision, scale } => match found {
            Kind::Decimal { precision: digits, scale: places } => {
                digits <= u32::from(precision) && places == u32::from(scale)
            }
            _ => false,
        },
        ColumnType::Char(_) | ColumnType::Varchar(_) => matches!(found, Kind::Text | Kind::Bytes),
        ColumnType::Varbyte(_) => matches!(found, Kind::Bytes | Kind::FixedBytes),
        ColumnType::Date => found == Kind::Date,
        ColumnType::Timestamp | ColumnType::TimestampTz => matches!(found, Kind::Timestamp { .. }),
        ColumnType::Time => found == Kind::Time,
        ColumnType::Super => serialize_to_json,
        ColumnType::TimeTz
        | ColumnType::IntervalYearToMonth
        | ColumnType::IntervalDayToSecond
        | ColumnType::Geometry
        | ColumnType::Geography
        | ColumnType::HllSketch => false,
    }
}

/// What a column of the type takes, in the words of the format.
fn taken(column: ColumnType) -> &'static str {
    match column {
        ColumnType::SmallInt => "integers of at most 16 bits",
        ColumnType::Integer => "integers of at most 32 bits",
        ColumnType::BigInt => "integers",
        ColumnType::Real => "FLOAT",
        ColumnType::DoublePrecision => "FLOAT and DOUBLE",
        ColumnType::Boolean => "BOOLEAN",
        ColumnType::Numeric { .. } => "DECIMAL of its scale and at most its precision",
        ColumnType::Char(_) | ColumnType::Varchar(_) => "text",
        ColumnType::Varbyte(_) => "bytes that are no text",
        ColumnType::Date => "DATE",
        ColumnType::Timestamp | ColumnType::TimestampTz => "TIMESTAMP and INT96",
        ColumnType::Time => "TIME",
        ColumnType::Super => "anything with SERIALIZETOJSON in `copy_options`, and nothing without",
        ColumnType::TimeTz
        | ColumnType::IntervalYearToMonth
        | ColumnType::IntervalDayToSecond
        | ColumnType::Geometry
        | ColumnType::Geography
        | ColumnType::HllSketch => "nothing that the format has",
    }
}

#[cfg(test)]
mod tests;
