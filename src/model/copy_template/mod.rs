//! A template of COPY: options under a name, which Redshift keeps and a COPY names [DG `r_COPY-WITH-TEMPLATE`].

mod read;

use std::fmt;

use crate::model::ident::Ident;
use crate::model::shown::excerpt;

/// How a template is named. It is one of the load's own database: of another no COPY can use it [DG `r_CREATE_TEMPLATE`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateName {
    /// `None` leaves it to the search path of the loader's user.
    pub schema: Option<Ident>,
    pub name: Ident,
}

/// A template as Redshift has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyTemplate {
    pub name: TemplateName,
    /// By their words: the order in which Redshift shows them is its own.
    pub parameters: Vec<Parameter>,
}

/// An option of COPY, as a template says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// The word that it begins with, in capitals: `NULL`.
    pub word: String,
    /// `None` for an option of one word.
    pub argument: Option<Written>,
}

/// What stands behind the word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// Between quotes, as the value that it is.
    Text(String),
    /// A number or a word.
    Bare(String),
}

/// A definition that cannot be read for certain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Redshift shows it as `{0}`, which this version cannot read")]
pub struct Unreadable(String);

impl TemplateName {
    /// Reads `name` or `schema.name`.
    ///
    /// # Errors
    /// As a clause that follows the name of the field.
    pub fn parse(text: &str) -> Result<Self, String> {
        let ident = |text| Ident::new(text).map_err(|error| error.to_string());
        match text.split('.').collect::<Vec<_>>().as_slice() {
            [name] => Ok(Self { schema: None, name: ident(name)? }),
            [schema, name] => Ok(Self { schema: Some(ident(schema)?), name: ident(name)? }),
            _ => Err(format!(
                "`{}` must be `name` or `schema.name`: a template of another database cannot be used",
                excerpt(text)
            )),
        }
    }
}

impl CopyTemplate {
    /// Understands what `SHOW TEMPLATE` answers.
    ///
    /// # Errors
    /// When there may be more in it than was understood.
    pub fn read(name: TemplateName, definition: &str) -> Result<Self, Unreadable> {
        match read::parameters(definition) {
            Some(mut parameters) => {
                parameters.sort_by(|one, other| one.word.cmp(&other.word));
                Ok(Self { name, parameters })
            }
            None => Err(Unreadable(excerpt(definition))),
        }
    }

    /// Its parameters, for people.
    pub fn words(&self) -> String {
        self.parameters.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }
}

impl Parameter {
    /// The value of its argument.
    pub fn value(&self) -> Option<&str> {
        match &self.argument {
            Some(Written::Text(text) | Written::Bare(text)) => Some(text),
            None => None,
        }
    }
}

impl fmt::Display for TemplateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{schema}.{}", self.name),
            None => self.name.fmt(f),
        }
    }
}

/// As `copy_options` would say it: a backslash stands for itself.
impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = &self.word;
        match &self.argument {
            None => f.write_str(word),
            Some(Written::Text(text)) => write!(f, "{word} '{}'", text.replace('\'', "''")),
            Some(Written::Bare(text)) => write!(f, "{word} {text}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_has_a_name_and_perhaps_a_schema() {
        let parsed = |text| TemplateName::parse(text).map(|name| name.to_string());
        assert_eq!(parsed("conventions"), Ok("conventions".to_owned()));
        assert_eq!(parsed("ETL.Conventions"), Ok("etl.conventions".to_owned()));
        assert!(parsed("dev.etl.conventions").unwrap_err().contains("another database"));
        for text in ["", ".", "etl.", " etl.x", "a\0"] {
            assert!(parsed(text).is_err(), "{text:?}");
        }
    }
}
