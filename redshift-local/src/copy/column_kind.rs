//! The types of columns that COPY fills.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColumnKind {
    SmallInt,
    Integer,
    BigInt,
    Numeric {
        precision: usize,
        scale: usize,
    },
    Real,
    Double,
    Boolean,
    Char {
        length: usize,
    },
    Varchar {
        length: usize,
    },
    Date,
    Timestamp,
    TimestampTz,
    Time,
    TimeTz,
    /// Any JSON.
    Super,
    Varbyte {
        length: usize,
    },
}

impl ColumnKind {
    /// As `format_type` writes it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (base, modifier) = text.split_once('(').map_or((text, ""), |(base, rest)| (base, rest));
        let mut numbers = modifier.trim_end_matches(')').split(',').map(|number| number.trim().parse().ok());
        let first = numbers.next().flatten();
        Some(match base {
            "smallint" => Self::SmallInt,
            "integer" => Self::Integer,
            "bigint" => Self::BigInt,
            "numeric" => Self::Numeric { precision: first?, scale: numbers.next().flatten().unwrap_or(0) },
            "real" => Self::Real,
            "double precision" => Self::Double,
            "boolean" => Self::Boolean,
            "character" => Self::Char { length: first? },
            // A column that CREATE TABLE AS left without a length.
            "character varying" | "text" => Self::Varchar { length: first.unwrap_or(65_535) },
            "date" => Self::Date,
            "timestamp without time zone" => Self::Timestamp,
            "timestamp with time zone" => Self::TimestampTz,
            "time without time zone" => Self::Time,
            "time with time zone" => Self::TimeTz,
            "super" => Self::Super,
            "binary varying" => Self::Varbyte { length: first.unwrap_or(64_000) },
            _ => return None,
        })
    }

    pub(crate) fn is_text(self) -> bool {
        matches!(self, Self::Char { .. } | Self::Varchar { .. })
    }

    /// What fits into `type char(10)` of `stl_load_errors`.
    pub(crate) fn short_name(self) -> &'static str {
        match self {
            Self::SmallInt => "int2",
            Self::Integer => "int4",
            Self::BigInt => "int8",
            Self::Numeric { .. } => "numeric",
            Self::Real => "float4",
            Self::Double => "float8",
            Self::Boolean => "bool",
            Self::Char { .. } => "char",
            Self::Varchar { .. } => "varchar",
            Self::Date => "date",
            Self::Timestamp => "timestamp",
            Self::TimestampTz => "timestamptz",
            Self::Time => "time",
            Self::TimeTz => "timetz",
            Self::Super => "super",
            Self::Varbyte { .. } => "varbyte",
        }
    }

    pub(crate) fn length(self) -> String {
        match self {
            Self::Numeric { precision, scale } => format!("{precision},{scale}"),
            Self::Char { length } | Self::Varchar { length } | Self::Varbyte { length } => length.to_string(),
            _ => String::new(),
        }
    }
}
