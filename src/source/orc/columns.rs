//! What a column of an ORC file holds, as far as COPY tells it apart.

use crate::source::orc::protobuf::{Fields, NoMessage, Value, numbers};
use crate::source::parquet::columns::{Kind, ParquetColumn};

/// A type in the footer's list of them, which is a tree in the order of its leaves.
#[derive(Debug, Default)]
pub(super) struct Type {
    pub(super) kind: u64,
    /// Places in the list.
    pub(super) subtypes: Vec<u64>,
    pub(super) names: Vec<String>,
    length: u64,
    precision: u32,
    scale: u32,
}

/// The kind of a type with named parts.
pub(super) const STRUCT: u64 = 12;

impl Type {
    pub(super) fn read(message: &[u8]) -> Result<Self, NoMessage> {
        let mut read = Self::default();
        let small = |number: u64| u32::try_from(number).map_err(|_| NoMessage);
        for field in Fields::of(message) {
            match field? {
                (1, Value::Number(kind)) => read.kind = kind,
                (2, Value::Number(one)) => read.subtypes.push(one),
                (2, Value::Bytes(packed)) => read.subtypes.extend(numbers(packed)?),
                (3, Value::Bytes(name)) => read.names.push(String::from_utf8_lossy(name).into_owned()),
                (4, Value::Number(length)) => read.length = length,
                (5, Value::Number(precision)) => read.precision = small(precision)?,
                (6, Value::Number(scale)) => read.scale = small(scale)?,
                _ => {}
            }
        }
        Ok(read)
    }

    /// The column of this type; ORC has no word for what must not be null.
    pub(super) fn column(&self, name: &str) -> ParquetColumn {
        let (kind, written) = self.meaning();
        ParquetColumn { name: name.to_owned(), kind, is_nullable: true, written: format!("{name} {written}") }
    }

    /// What the values are, and how Hive writes it.
    fn meaning(&self) -> (Kind, String) {
        let integer = |bits| Kind::Integer { bits, is_signed: true };
        let (kind, written) = match self.kind {
            0 => (Kind::Boolean, "boolean"),
            1 => (integer(8), "tinyint"),
            2 => (integer(16), "smallint"),
            3 => (integer(32), "int"),
            4 => (integer(64), "bigint"),
            5 => (Kind::Float, "float"),
            6 => (Kind::Double, "double"),
            7 => (Kind::Text, "string"),
            8 => (Kind::Bytes, "binary"),
            9 => (Kind::Timestamp { is_instant: false }, "timestamp"),
            10 => (Kind::Nested, "array"),
            11 => (Kind::Nested, "map"),
            STRUCT => (Kind::Nested, "struct"),
            13 => (Kind::Nested, "uniontype"),
            14 => {
                let (precision, scale) = (self.precision, self.scale);
                return (Kind::Decimal { precision, scale }, format!("decimal({precision},{scale})"));
            }
            15 => (Kind::Date, "date"),
            16 => return (Kind::Text, format!("varchar({})", self.length)),
            17 => return (Kind::Text, format!("char({})", self.length)),
            18 => (Kind::Timestamp { is_instant: true }, "timestamp with local time zone"),
            _ => (Kind::Other, "of an unknown type"),
        };
        (kind, written.to_owned())
    }
}
