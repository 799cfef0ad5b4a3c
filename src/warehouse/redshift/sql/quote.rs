//! Quoting: the only way for a name or a value into SQL.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::model::copy_template::TemplateName;
use crate::model::default_value::DefaultValue;
use crate::model::ident::Ident;
use crate::model::target_table::TargetTable;
use crate::model::window::rows::ColumnValue;
use crate::plan::step::Place;

/// A quoted identifier. Always quoted: Redshift reserves words that PostgreSQL does not (redshift-facts 3.6).
pub(crate) struct Name(String);

/// A quoted text literal.
pub(crate) struct Literal(String);

impl Name {
    pub(crate) fn of(ident: &Ident) -> Self {
        Self(format!("\"{}\"", ident.as_str().replace('"', "\"\"")))
    }

    pub(crate) fn of_table(target: &TargetTable) -> Self {
        Self(format!("{}.{}", Self::of(&target.schema), Self::of(&target.table)))
    }

    pub(crate) fn of_template(template: &TemplateName) -> Self {
        match &template.schema {
            Some(schema) => Self(format!("{}.{}", Self::of(schema), Self::of(&template.name))),
            None => Self::of(&template.name),
        }
    }

    /// The temporary table into which a file is copied to be looked at.
    pub(crate) fn aside() -> Self {
        Self("\"s3_to_redshift_aside\"".to_owned())
    }

    /// The temporary table that holds the data of a merge on its way.
    pub(crate) fn staging() -> Self {
        Self("\"s3_to_redshift_staging\"".to_owned())
    }

    /// The temporary table whose columns take every value of the data whole.
    pub(crate) fn wide() -> Self {
        Self("\"s3_to_redshift_wide\"".to_owned())
    }

    /// Where COPY puts rows that are meant for a target.
    pub(crate) fn of_place(place: Place, target: &TargetTable) -> Self {
        match place {
            Place::Target => Self::of_table(target),
            Place::Staging => Self::staging(),
        }
    }

    /// `"a", "b"`
    pub(crate) fn list<'a>(idents: impl IntoIterator<Item = &'a Ident>) -> Self {
        let names: Vec<String> = idents.into_iter().map(|ident| Self::of(ident).0).collect();
        Self(names.join(", "))
    }
}

impl Literal {
    /// Both the quote and the backslash are escaped: Redshift takes backslashes for escapes in every literal
    /// (redshift-facts 0.15). A NUL cannot be stored in a literal at all and is left out.
    pub(crate) fn text(text: &str) -> Self {
        let escaped = text.replace('\\', "\\\\").replace('\'', "''").replace('\0', "");
        Self(format!("'{escaped}'"))
    }

    /// An instant in UTC, for a column without time zone.
    pub(crate) fn timestamp(instant: DateTime<Utc>) -> Self {
        Self(format!("'{}'", instant.format("%Y-%m-%d %H:%M:%S%.6f")))
    }

    /// A value of a data date column.
    pub(crate) fn column_value(value: &ColumnValue) -> Self {
        match value {
            ColumnValue::Day(day) => Self(format!("'{day}'")),
            ColumnValue::Instant(instant) => {
                Self(format!("'{}+00'", instant.format("%Y-%m-%d %H:%M:%S%.6f")))
            }
            ColumnValue::WallTime(wall) => Self(format!("'{}'", wall.format("%Y-%m-%d %H:%M:%S%.6f"))),
        }
    }
}

/// A DEFAULT, written anew from what was understood of it.
pub(crate) fn default_value(value: &DefaultValue) -> String {
    match value {
        DefaultValue::Null => "NULL".to_owned(),
        DefaultValue::Boolean(value) => value.to_string(),
        DefaultValue::Number(text) => text.clone(),
        DefaultValue::Text(text) => Literal::text(text).to_string(),
        DefaultValue::Call { name, arguments: None } => name.clone(),
        DefaultValue::Call { name, arguments: Some(arguments) } => {
            let arguments: Vec<String> = arguments.iter().map(default_value).collect();
            format!("{name}({})", arguments.join(", "))
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::column_type::ColumnType;
    use crate::model::data_date::DataDate;
    use crate::model::zone::Zone;

    /// Reads a literal the way Redshift does; `None` when it does not end where the text ends.
    fn read_literal(quoted: &str) -> Option<String> {
        let mut characters = quoted.strip_prefix('\'')?.chars();
        let mut text = String::new();
        loop {
            match characters.next()? {
                '\\' => text.push(characters.next()?),
                '\'' => match characters.next() {
                    None => return Some(text),
                    Some('\'') => text.push('\''),
                    Some(_) => return None,
                },
                other => text.push(other),
            }
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_out_of_its_literal(text in "[\\PC\n\t'\\\\]{0,40}") {
            prop_assert_eq!(read_literal(&Literal::text(&text).0), Some(text));
        }

        #[test]
        fn no_name_breaks_out_of_its_quotes(text in "\\PC{1,20}") {
            prop_assume!(Ident::new(&text).is_ok());
            let ident = Ident::new(&text).unwrap();
            let name = Name::of(&ident).0;
            let inside = name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).expect("it is quoted");
            prop_assert!(!inside.replace("\"\"", "").contains('"'));
            prop_assert_eq!(inside.replace("\"\"", "\""), ident.as_str());
        }
    }

    #[test]
    fn quotes_and_backslashes_are_escaped() {
        assert_eq!(Literal::text(r"it's a \ ").to_string(), r"'it''s a \\ '");
        assert_eq!(Name::of(&Ident::new("Odd\"Name").unwrap()).to_string(), r#""odd""name""#);
    }

    #[test]
    fn a_data_date_is_written_as_its_column_holds_it() {
        let date = DataDate::parse("2015-07-01T02:00:00.5+02:00").unwrap();
        let value = |column_type| ColumnValue::of(date.instant(), Zone::UTC, column_type);
        let literal = |column_type| Literal::column_value(&value(column_type)).to_string();
        assert_eq!(literal(ColumnType::Timestamp), "'2015-07-01 00:00:00.500000'");
        assert_eq!(literal(ColumnType::TimestampTz), "'2015-07-01 00:00:00.500000+00'");
        assert_eq!(literal(ColumnType::Date), "'2015-07-01'");
    }
}
