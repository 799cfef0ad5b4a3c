//! The type of a column, whatever spelling named it.

mod hint;

use std::fmt;

use crate::model::column_type::hint::hint;
use crate::model::shown::excerpt;

/// Bytes of the longest spelling of a type, and more.
const LONGEST_SPELLING: usize = 100;
const VARCHAR_MAX: u32 = 65_535;
/// What `TEXT` and a bare `VARCHAR` mean in Redshift (redshift-facts 0.19).
const VARCHAR_DEFAULT: u32 = 256;

/// A Redshift type. Two spellings of one type (`int8`, `bigint`) are one value; lengths are in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ColumnType {
    Boolean,
    SmallInt,
    Integer,
    BigInt,
    Numeric { precision: u8, scale: u8 },
    Real,
    DoublePrecision,
    Char(u32),
    Varchar(u32),
    Date,
    Time,
    TimeTz,
    Timestamp,
    TimestampTz,
    IntervalYearToMonth,
    IntervalDayToSecond,
    Super,
    Varbyte(u32),
    Geometry,
    Geography,
    HllSketch,
}

/// Redshift has no such type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a Redshift type{}", excerpt(.0), hint(.0))]
pub struct UnknownType(pub String);

impl ColumnType {
    /// Reads a type as a table config or a catalog names it (redshift-facts 3.2).
    ///
    /// `text` is the config's word and Redshift's: `varchar(256)`; `longtext` is the config's word for
    /// `varchar(65535)`.
    pub fn parse(text: &str) -> Result<Self, UnknownType> {
        let unknown = || UnknownType(text.to_owned());
        let spelling = Spelling::read(text).ok_or_else(unknown)?;
        let length = |default: u32, max: u32| match spelling.arguments.as_slice() {
            [] => Ok(default),
            [Argument::Max] => Ok(max),
            [Argument::Number(n)] if (1..=max).contains(n) => Ok(*n),
            _ => Err(unknown()),
        };
        let plain =
            |column_type: Self| spelling.arguments.is_empty().then_some(column_type).ok_or_else(unknown);
        match spelling.name.as_str() {
            "boolean" | "bool" => plain(Self::Boolean),
            "smallint" | "int2" => plain(Self::SmallInt),
            "integer" | "int" | "int4" => plain(Self::Integer),
            "bigint" | "int8" => plain(Self::BigInt),
            "real" | "float4" => plain(Self::Real),
            "double precision" | "float8" | "float" => plain(Self::DoublePrecision),
            "numeric" | "decimal" => numeric(&spelling.arguments).ok_or_else(unknown),
            "char" | "character" | "nchar" => Ok(Self::Char(length(1, 4096)?)),
            "bpchar" => plain(Self::Char(256)),
            "varchar" | "character varying" | "nvarchar" => {
                Ok(Self::Varchar(length(VARCHAR_DEFAULT, VARCHAR_MAX)?))
            }
            "text" => plain(Self::Varchar(VARCHAR_DEFAULT)),
            "longtext" => plain(Self::Varchar(VARCHAR_MAX)),
            "date" => plain(Self::Date),
            "time" | "time without time zone" => plain(Self::Time),
            "timetz" | "time with time zone" => plain(Self::TimeTz),
            "timestamp" | "timestamp without time zone" => plain(Self::Timestamp),
            "timestamptz" | "timestamp with time zone" => plain(Self::TimestampTz),
            "interval year to month" | "intervaly2m" => plain(Self::IntervalYearToMonth),
            "interval day to second" | "intervald2s" => plain(Self::IntervalDayToSecond),
            "super" => plain(Self::Super),
            "varbyte" | "varbinary" | "binary varying" => Ok(Self::Varbyte(length(64_000, 16_777_216)?)),
            "geometry" => plain(Self::Geometry),
            "geography" => plain(Self::Geography),
            "hllsketch" => plain(Self::HllSketch),
            _ => Err(unknown()),
        }
    }

    /// Whether rows of the one type fit a column of the other without a change of the table.
    ///
    /// Lengths of VARCHAR do not clash: what does not fit is cut or refused, as the config says.
    pub fn is_compatible_with(self, other: Self) -> bool {
        self == other || matches!((self, other), (Self::Varchar(_), Self::Varchar(_)))
    }

    /// Whether a column of this type can be a dist or sort key (Developer Guide, CREATE TABLE: DISTKEY, SORTKEY).
    pub fn can_be_key(self) -> bool {
        match self {
            Self::Boolean
            | Self::SmallInt
            | Self::Integer
            | Self::BigInt
            | Self::Numeric { .. }
            | Self::Real
            | Self::DoublePrecision
            | Self::Char(_)
            | Self::Varchar(_)
            | Self::Date
            | Self::Time
            | Self::TimeTz
            | Self::Timestamp
            | Self::TimestampTz => true,
            Self::IntervalYearToMonth
            | Self::IntervalDayToSecond
            | Self::Super
            | Self::Varbyte(_)
            | Self::Geometry
            | Self::Geography
            | Self::HllSketch => false,
        }
    }

    /// Whether the column can hold a data date.
    pub fn holds_dates(self) -> bool {
        matches!(self, Self::Date | Self::Timestamp | Self::TimestampTz)
    }
}

impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match *self {
            Self::Numeric { precision, scale } => return write!(f, "numeric({precision},{scale})"),
            Self::Char(bytes) => return write!(f, "char({bytes})"),
            Self::Varchar(bytes) => return write!(f, "varchar({bytes})"),
            Self::Varbyte(bytes) => return write!(f, "varbyte({bytes})"),
            Self::Boolean => "boolean",
            Self::SmallInt => "smallint",
            Self::Integer => "integer",
            Self::BigInt => "bigint",
            Self::Real => "real",
            Self::DoublePrecision => "double precision",
            Self::Date => "date",
            Self::Time => "time",
            Self::TimeTz => "timetz",
            Self::Timestamp => "timestamp",
            Self::TimestampTz => "timestamptz",
            Self::IntervalYearToMonth => "interval year to month",
            Self::IntervalDayToSecond => "interval day to second",
            Self::Super => "super",
            Self::Geometry => "geometry",
            Self::Geography => "geography",
            Self::HllSketch => "hllsketch",
        };
        f.write_str(name)
    }
}

/// `name(arguments) rest` taken apart, in lower case and with single spaces.
struct Spelling {
    name: String,
    arguments: Vec<Argument>,
}

enum Argument {
    Number(u32),
    Max,
}

impl Spelling {
    fn read(text: &str) -> Option<Self> {
        if text.len() > LONGEST_SPELLING {
            return None;
        }
        let lower = text.to_ascii_lowercase();
        let (head, arguments, tail) = match lower.split_once('(') {
            None => (lower.as_str(), Vec::new(), ""),
            Some((head, rest)) => {
                let (inside, tail) = rest.split_once(')')?;
                (head, inside.split(',').map(Argument::read).collect::<Option<Vec<_>>>()?, tail)
            }
        };
        let words: Vec<&str> = head.split_whitespace().chain(tail.split_whitespace()).collect();
        Some(Self { name: words.join(" "), arguments })
    }
}

impl Argument {
    fn read(text: &str) -> Option<Self> {
        match text.trim() {
            "max" => Some(Self::Max),
            number => number.parse().ok().map(Self::Number),
        }
    }
}

fn numeric(arguments: &[Argument]) -> Option<ColumnType> {
    let (precision, scale) = match arguments {
        [] => (18, 0),
        [Argument::Number(precision)] => (*precision, 0),
        [Argument::Number(precision), Argument::Number(scale)] => (*precision, *scale),
        _ => return None,
    };
    let fits = (1..=38).contains(&precision) && scale <= precision.min(37);
    let (precision, scale) = (u8::try_from(precision).ok()?, u8::try_from(scale).ok()?);
    fits.then_some(ColumnType::Numeric { precision, scale })
}

#[cfg(test)]
mod tests;
