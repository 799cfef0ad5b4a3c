//! DEFAULT expressions, compared by meaning and never trusted as text.

mod fits;
mod meaning;
mod parser;
mod written;

use std::fmt;

use crate::model::column_type::ColumnType;
use crate::model::shown::excerpt;

/// Bytes of a default that a table config may write: a table can have 1600 of them.
const LONGEST: usize = 1000;

/// A DEFAULT as this program understands it: a literal, or a call without columns.
///
/// A table config is data from a producer, so its text never reaches SQL: it is parsed into this, and the SQL room
/// writes the parsed form. The catalog's form (`'none'::character varying`) parses to the same value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DefaultValue {
    Null,
    Boolean(bool),
    /// Digits with an optional sign, fraction and exponent.
    Number(String),
    /// The text between the quotes, unescaped.
    Text(String),
    /// `getdate()`, `sysdate`, in lower case; a bare word has no arguments and no parentheses.
    Call {
        name: String,
        arguments: Option<Vec<DefaultValue>>,
    },
}

/// The text is no DEFAULT that a column can take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{}` is not a default that can be used here: write a number, a quoted text, true, false, null or a call such as getdate()",
    excerpt(.0)
)]
pub struct InvalidDefault(pub String);

/// A DEFAULT that a table config may not write.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnusableDefault {
    #[error(transparent)]
    Invalid(#[from] InvalidDefault),
    #[error("its default is {0} bytes long, at most {LONGEST} are taken")]
    TooLong(usize),
    #[error("`{name}` may not be called in a default, only {}", .allowed.join(", "))]
    ForbiddenCall { name: String, allowed: Vec<String> },
    #[error("`{0}` is called without arguments in a default")]
    Arguments(String),
    #[error("`{name}` is written `{right}` in a default")]
    Form { name: String, right: String },
    #[error("{value} is no default that a column of type {column_type} can hold")]
    Unfit { value: String, column_type: ColumnType },
    #[error("the cast to `{}` in its default would be left out; write the value as it is meant", excerpt(.0))]
    Cast(String),
}

impl DefaultValue {
    /// Reads a default of the catalog, whose casts say nothing that the type of its column does not say.
    pub fn parse(text: &str) -> Result<Self, InvalidDefault> {
        let parsed = parser::parse(text).ok_or_else(|| InvalidDefault(text.to_owned()))?;
        Ok(parsed.value)
    }

    /// Reads the default that a table config writes for a column of this type: a literal, or one of a few calls. Every
    /// part of it is judged, as the text is a producer's and its DDL runs with the loader's rights.
    pub fn written(text: &str, column_type: ColumnType) -> Result<Self, UnusableDefault> {
        if text.len() > LONGEST {
            return Err(UnusableDefault::TooLong(text.len()));
        }
        let parsed = parser::parse(text).ok_or_else(|| InvalidDefault(text.to_owned()))?;
        written::judged(parsed, column_type)
    }

    /// Whether both give a column of this type the same value.
    pub fn same_meaning(&self, other: &Self, column_type: ColumnType) -> bool {
        meaning::as_held(self, column_type) == meaning::as_held(other, column_type)
    }
}

impl fmt::Display for DefaultValue {
    /// For people; the SQL room has its own spelling.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Number(text) => f.write_str(text),
            Self::Text(text) => write!(f, "'{text}'"),
            Self::Call { name, arguments: None } => f.write_str(name),
            Self::Call { name, arguments: Some(arguments) } => {
                let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
                write!(f, "{name}({})", arguments.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(left: &str, right: &str, column_type: ColumnType) -> bool {
        let [left, right] = [left, right].map(|text| DefaultValue::parse(text).unwrap());
        left.same_meaning(&right, column_type)
    }

    #[test]
    fn the_catalogs_form_means_what_the_config_says() {
        let text = ColumnType::Varchar(10);
        assert!(same("''", "''::character varying", text));
        assert!(same("'none'", "('none'::character varying)::character varying(10)", text));
        assert!(same("'it''s'", r"'it\'s'", text));
        assert!(same("0", "'0'::bigint", ColumnType::BigInt));
        assert!(same("1.50", "1.5::numeric(18,2)", ColumnType::Numeric { precision: 18, scale: 2 }));
        assert!(same("-0", "0", ColumnType::Integer));
        assert!(same("false", "'f'::boolean", ColumnType::Boolean));
        assert!(same("sysdate", "getdate()", ColumnType::Timestamp));
        assert!(same("current_date", "('now'::text)::date", ColumnType::Date));
        assert!(same(
            "'1970-01-01'",
            "'1970-01-01 00:00:00'::timestamp without time zone",
            ColumnType::Timestamp
        ));
        assert!(same("'2015-07-01T02:00:00+02:00'", "'2015-07-01 00:00:00+00'", ColumnType::TimestampTz));
        assert!(same("1e3", "1000", ColumnType::Integer));
        assert!(same("1", "'1'::character varying", text));
    }

    #[test]
    fn an_identity_of_the_catalog_is_read() {
        // Such a default is kept as the catalog's text: it can be compared with nothing that a config writes.
        assert!(DefaultValue::parse(r#""identity"(108123, 0, '1,1'::text)"#).is_err());
        let parsed = DefaultValue::parse("f('1,1'::text, null)").unwrap();
        assert_eq!(parsed.to_string(), "f('1,1', null)");
    }

    #[test]
    fn other_values_differ() {
        assert!(!same("''", "' '", ColumnType::Varchar(10)));
        assert!(!same("0", "1", ColumnType::BigInt));
        assert!(!same("null", "'null'", ColumnType::Varchar(10)));
        assert!(!same("'01'", "'1'", ColumnType::Varchar(10)));
        assert!(!same("current_date", "getdate()", ColumnType::Timestamp));
        assert!(!same("'1970-01-01'", "'1970-01-02'", ColumnType::Date));
    }

    #[test]
    fn text_that_could_smuggle_sql_is_no_default() {
        for text in
            ["0); drop table x; --", "'a' || 'b'", "'open", "id", "(select 1)", "", "1 2", "e'x'", "inf"]
        {
            assert_eq!(DefaultValue::parse(text), Err(InvalidDefault(text.to_owned())), "{text}");
        }
    }

    #[test]
    fn a_default_of_a_million_parentheses_is_refused() {
        assert!(DefaultValue::parse(&"(".repeat(1_000_000)).is_err());
        assert!(DefaultValue::parse(&"f(".repeat(1_000_000)).is_err());
        assert_eq!(DefaultValue::parse("((((1))))"), Ok(DefaultValue::Number("1".to_owned())));
    }
}
