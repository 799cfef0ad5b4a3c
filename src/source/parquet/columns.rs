//! What a column of a Parquet file holds, as far as COPY tells it apart.

use parquet::basic::{ConvertedType, LogicalType, Repetition, Type as PhysicalType};
use parquet::schema::printer::print_schema;
use parquet::schema::types::Type;

/// A column of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParquetColumn {
    pub name: String,
    pub kind: Kind,
    pub is_nullable: bool,
    /// As the format writes it: `OPTIONAL INT64 id`.
    pub written: String,
}

/// What its values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Boolean,
    Integer {
        bits: u8,
        is_signed: bool,
    },
    /// Of 32 bits, or 16.
    Float,
    Double,
    Decimal {
        precision: u32,
        scale: u32,
    },
    Text,
    /// Bytes of any length, which older writers also take for text.
    Bytes,
    /// Bytes of one length, a UUID among them.
    FixedBytes,
    Date,
    Time,
    /// `is_instant`: adjusted to UTC, unlike a wall time. INT96, as Spark and Hive write it, has no word for that, and is
    /// taken for instants, as Spark means it.
    Timestamp {
        is_instant: bool,
    },
    /// A list, a map or a struct.
    Nested,
    /// What Redshift has no column for, such as an interval.
    Other,
}

impl Kind {
    /// The word of a table config for a column that takes such values; `longtext` where there is none.
    pub fn type_word(self) -> String {
        match self {
            Self::Boolean => "boolean".to_owned(),
            Self::Integer { .. } => "bigint".to_owned(),
            Self::Float | Self::Double => "float".to_owned(),
            Self::Decimal { precision, scale } => format!("'decimal({precision},{scale})'"),
            Self::Date => "date".to_owned(),
            Self::Time => "time".to_owned(),
            Self::Timestamp { is_instant: true } => "timestamptz".to_owned(),
            Self::Timestamp { is_instant: false } => "timestamp".to_owned(),
            Self::Nested => "super".to_owned(),
            Self::FixedBytes => "varbyte".to_owned(),
            Self::Text | Self::Bytes | Self::Other => "longtext".to_owned(),
        }
    }
}

pub(super) fn column(field: &Type) -> ParquetColumn {
    let info = field.get_basic_info();
    let is_repeated = info.has_repetition() && info.repetition() == Repetition::REPEATED;
    let kind = if is_repeated || !field.is_primitive() { Kind::Nested } else { kind(field) };
    let is_nullable = info.has_repetition() && info.repetition() == Repetition::OPTIONAL;
    ParquetColumn { name: field.name().to_owned(), kind, is_nullable, written: written(field) }
}

fn kind(field: &Type) -> Kind {
    let info = field.get_basic_info();
    match info.logical_type_ref() {
        Some(logical) => logical_kind(field, logical),
        None => converted_kind(field, info.converted_type()),
    }
}

fn logical_kind(field: &Type, logical: &LogicalType) -> Kind {
    match logical {
        LogicalType::Integer(integer) => Kind::Integer {
            bits: u8::try_from(integer.bit_width).unwrap_or(64),
            is_signed: integer.is_signed,
        },
        LogicalType::Decimal(_) => decimal(field),
        LogicalType::String | LogicalType::Enum | LogicalType::Json => Kind::Text,
        LogicalType::Bson => Kind::Bytes,
        LogicalType::Uuid => Kind::FixedBytes,
        LogicalType::Float16 => Kind::Float,
        LogicalType::Date => Kind::Date,
        LogicalType::Time(_) => Kind::Time,
        LogicalType::Timestamp(timestamp) => Kind::Timestamp { is_instant: timestamp.is_adjusted_to_u_t_c },
        LogicalType::Map | LogicalType::List => Kind::Nested,
        LogicalType::Unknown => physical_kind(field),
        _ => Kind::Other,
    }
}

/// Of writers from before logical types: parquet-mr up to 1.10, Hive, older Spark.
fn converted_kind(field: &Type, converted: ConvertedType) -> Kind {
    let integer = |bits, is_signed| Kind::Integer { bits, is_signed };
    match converted {
        ConvertedType::NONE => physical_kind(field),
        ConvertedType::UTF8 | ConvertedType::ENUM | ConvertedType::JSON => Kind::Text,
        ConvertedType::BSON => Kind::Bytes,
        ConvertedType::DECIMAL => decimal(field),
        ConvertedType::DATE => Kind::Date,
        ConvertedType::TIME_MILLIS | ConvertedType::TIME_MICROS => Kind::Time,
        // The format says that these are adjusted to UTC.
        ConvertedType::TIMESTAMP_MILLIS | ConvertedType::TIMESTAMP_MICROS => {
            Kind::Timestamp { is_instant: true }
        }
        ConvertedType::INT_8 => integer(8, true),
        ConvertedType::INT_16 => integer(16, true),
        ConvertedType::INT_32 => integer(32, true),
        ConvertedType::INT_64 => integer(64, true),
        ConvertedType::UINT_8 => integer(8, false),
        ConvertedType::UINT_16 => integer(16, false),
        ConvertedType::UINT_32 => integer(32, false),
        ConvertedType::UINT_64 => integer(64, false),
        ConvertedType::INTERVAL => Kind::Other,
        ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE | ConvertedType::LIST => Kind::Nested,
    }
}

fn physical_kind(field: &Type) -> Kind {
    match field.get_physical_type() {
        PhysicalType::BOOLEAN => Kind::Boolean,
        PhysicalType::INT32 => Kind::Integer { bits: 32, is_signed: true },
        PhysicalType::INT64 => Kind::Integer { bits: 64, is_signed: true },
        PhysicalType::INT96 => Kind::Timestamp { is_instant: true },
        PhysicalType::FLOAT => Kind::Float,
        PhysicalType::DOUBLE => Kind::Double,
        PhysicalType::BYTE_ARRAY => Kind::Bytes,
        PhysicalType::FIXED_LEN_BYTE_ARRAY => Kind::FixedBytes,
    }
}

fn decimal(field: &Type) -> Kind {
    match field {
        Type::PrimitiveType { precision, scale, .. } => {
            let number = |number: i32| u32::try_from(number).unwrap_or_default();
            Kind::Decimal { precision: number(*precision), scale: number(*scale) }
        }
        Type::GroupType { .. } => Kind::Other,
    }
}

/// In one line, and no more of it than a sentence holds.
fn written(field: &Type) -> String {
    const LONGEST: usize = 200;
    let mut text = Vec::new();
    print_schema(&mut text, field);
    let text = String::from_utf8_lossy(&text);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.trim_end_matches(';').chars().take(LONGEST).collect()
}
