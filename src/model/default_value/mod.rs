//! DEFAULT expressions, compared by meaning and never trusted as text.

mod meaning;
mod parser;

use std::fmt;

use crate::model::column_type::ColumnType;

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
    "`{0}` is not a default that can be used here: write a number, a quoted text, true, false, null or a call such as getdate()"
)]
pub struct InvalidDefault(pub String);

impl DefaultValue {
    /// Reads a default of a table config, or one of the catalog.
    pub fn parse(text: &str) -> Result<Self, InvalidDefault> {
        parser::parse(text).ok_or_else(|| InvalidDefault(text.to_owned()))
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
