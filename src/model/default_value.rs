//! DEFAULT expressions, compared by meaning and never trusted as text.

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};

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

/// Any other bare word would be a column, and a DEFAULT may not name one.
const CALLS_WITHOUT_PARENTHESES: [&str; 6] =
    ["sysdate", "current_date", "current_timestamp", "current_user", "session_user", "user"];

/// The text is no DEFAULT that a column can take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a default that can be used here: write a number, a quoted text, true, false, null or a call such as getdate()"
)]
pub struct InvalidDefault(pub String);

impl DefaultValue {
    pub fn parse(text: &str) -> Result<Self, InvalidDefault> {
        let mut parser = Parser { rest: text };
        match parser.value() {
            Some(value) if parser.rest.trim_start().is_empty() => Ok(value),
            _ => Err(InvalidDefault(text.to_owned())),
        }
    }

    /// Whether both give a column of this type the same value.
    pub fn same_meaning(&self, other: &Self, column_type: ColumnType) -> bool {
        self.in_terms_of(column_type) == other.in_terms_of(column_type)
    }

    /// The value as a column of this type holds it: `'0'` in a number column is the number 0.
    fn in_terms_of(&self, column_type: ColumnType) -> Self {
        match (self, column_type) {
            (Self::Text(text) | Self::Number(text), numeric) if is_number_type(numeric) => {
                Self::Number(canonical_number(text))
            }
            (Self::Number(text), ColumnType::Char(_) | ColumnType::Varchar(_)) => Self::Text(text.clone()),
            (Self::Boolean(value), ColumnType::Char(_) | ColumnType::Varchar(_)) => {
                Self::Text(value.to_string())
            }
            (Self::Text(text) | Self::Number(text), ColumnType::Boolean) => match text.as_str() {
                "t" | "true" | "1" | "y" | "yes" => Self::Boolean(true),
                "f" | "false" | "0" | "n" | "no" => Self::Boolean(false),
                _ => self.clone(),
            },
            // The catalog has more than one spelling for the present, `('now'::text)::date` among them. Of today's
            // date only a DATE makes the same as of now.
            (Self::Call { name, .. }, ColumnType::Date) if name == "current_date" => now(),
            (Self::Call { name, .. }, _) if NAMES_OF_NOW.contains(&name.as_str()) => now(),
            (Self::Text(text), dates) if text == "now" && dates.holds_dates() => now(),
            (Self::Text(text), dates) if dates.holds_dates() => Self::Text(canonical_moment(text)),
            _ => self.clone(),
        }
    }
}

const NAMES_OF_NOW: [&str; 4] = ["getdate", "sysdate", "now", "current_timestamp"];

fn now() -> DefaultValue {
    DefaultValue::Call { name: "getdate".to_owned(), arguments: None }
}

fn is_number_type(column_type: ColumnType) -> bool {
    matches!(
        column_type,
        ColumnType::SmallInt
            | ColumnType::Integer
            | ColumnType::BigInt
            | ColumnType::Numeric { .. }
            | ColumnType::Real
            | ColumnType::DoublePrecision
    )
}

/// `1970-01-01` and `1970-01-01 00:00:00+00` are one moment; what is none stays as written.
fn canonical_moment(text: &str) -> String {
    let text = text.trim();
    let zoned = ["%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M:%S%.f%#z"];
    let plain = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"];
    let of_zoned =
        zoned.iter().find_map(|form| DateTime::parse_from_str(text, form).ok()).map(|at| at.naive_utc());
    let of_plain = || plain.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let of_day = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(|day| day.and_time(NaiveTime::MIN));
    let moment = of_zoned.or_else(of_plain).or_else(of_day);
    moment.map_or_else(|| text.to_owned(), |moment| moment.to_string())
}

/// `+01.50` and `1.5` are one number, as are `1e3` and `1000`; what is no number stays as written.
fn canonical_number(text: &str) -> String {
    let trimmed = text.trim();
    if trimmed.contains(['e', 'E'])
        && let Ok(number) = trimmed.parse::<f64>()
    {
        return canonical_number(&number.to_string());
    }
    let (sign, digits) = match trimmed.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", trimmed.strip_prefix('+').unwrap_or(trimmed)),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return trimmed.to_owned();
    }
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    let whole = if whole.is_empty() { "0" } else { whole };
    match (whole, fraction) {
        ("0", "") => "0".to_owned(),
        (whole, "") => format!("{sign}{whole}"),
        (whole, fraction) => format!("{sign}{whole}.{fraction}"),
    }
}

/// Recursive descent over `value`: a literal, a call or a parenthesised value, with any casts behind it.
struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn value(&mut self) -> Option<DefaultValue> {
        let value = self.uncast_value()?;
        while self.take("::") {
            self.type_name()?;
        }
        Some(value)
    }

    fn uncast_value(&mut self) -> Option<DefaultValue> {
        self.rest = self.rest.trim_start();
        if self.take("(") {
            let value = self.value()?;
            return self.take(")").then_some(value);
        }
        match self.rest.chars().next()? {
            '\'' => self.quoted().map(DefaultValue::Text),
            first if first.is_ascii_digit() || matches!(first, '-' | '+' | '.') => self.number(),
            first if first.is_ascii_alphabetic() || first == '_' => self.word_or_call(),
            _ => None,
        }
    }

    fn word_or_call(&mut self) -> Option<DefaultValue> {
        let name = self.take_while(|c| c.is_ascii_alphanumeric() || c == '_').to_ascii_lowercase();
        if !self.take("(") {
            return Some(match name.as_str() {
                "null" => DefaultValue::Null,
                "true" => DefaultValue::Boolean(true),
                "false" => DefaultValue::Boolean(false),
                word if CALLS_WITHOUT_PARENTHESES.contains(&word) => {
                    DefaultValue::Call { name, arguments: None }
                }
                _ => return None,
            });
        }
        let mut arguments = Vec::new();
        if !self.take(")") {
            loop {
                arguments.push(self.value()?);
                if self.take(")") {
                    break;
                }
                if !self.take(",") {
                    return None;
                }
            }
        }
        Some(DefaultValue::Call { name, arguments: Some(arguments) })
    }

    fn number(&mut self) -> Option<DefaultValue> {
        let text = self.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+'));
        text.parse::<f64>().ok().filter(|value| value.is_finite())?;
        Some(DefaultValue::Number(text.to_owned()))
    }

    /// A quoted text: `''` is a quote, and a backslash escapes (redshift-facts 0.15).
    fn quoted(&mut self) -> Option<String> {
        let mut text = String::new();
        let mut characters = self.rest.char_indices().skip(1).peekable();
        while let Some((at, character)) = characters.next() {
            match character {
                '\'' if matches!(characters.peek(), Some((_, '\''))) => {
                    characters.next();
                    text.push('\'');
                }
                '\'' => {
                    self.rest = self.rest.get(at + 1..)?;
                    return Some(text);
                }
                '\\' => text.push(match characters.next()?.1 {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    other => other,
                }),
                other => text.push(other),
            }
        }
        None
    }

    fn type_name(&mut self) -> Option<()> {
        let text = self.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ' ' | '"'));
        if text.trim().is_empty() {
            return None;
        }
        if self.take("(") {
            self.take_while(|c| c != ')');
            return self.take(")").then_some(());
        }
        Some(())
    }

    fn take(&mut self, token: &str) -> bool {
        match self.rest.trim_start().strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn take_while(&mut self, accepts: impl Fn(char) -> bool) -> &str {
        let end = self.rest.find(|c| !accepts(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
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
}
