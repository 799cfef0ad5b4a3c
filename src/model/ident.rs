//! A name of something in Redshift that is safe to quote.

use std::fmt;

use crate::model::shown::excerpt;

/// Longest identifier in bytes; Redshift cuts longer ones silently (redshift-facts 3.6).
const MAX_BYTES: usize = 127;

/// The name of a schema, table or column as Redshift stores it.
///
/// Redshift folds identifiers to lower case, quoted ones as well (redshift-facts 0.17), so two spellings of
/// one name are one `Ident`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ident(String);

/// Why a text cannot be an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidIdent {
    #[error("a name is empty")]
    Empty,
    /// With as much of it as may be shown.
    #[error("the name `{0}` is longer than {MAX_BYTES} bytes")]
    TooLong(String),
    #[error("the name `{0}` contains a control character")]
    ControlCharacter(String),
}

impl Ident {
    /// Folds `raw` to lower case and accepts it when Redshift could store it unchanged.
    pub fn new(raw: &str) -> Result<Self, InvalidIdent> {
        if raw.is_empty() {
            return Err(InvalidIdent::Empty);
        }
        if raw.len() > MAX_BYTES {
            return Err(InvalidIdent::TooLong(excerpt(raw)));
        }
        if raw.chars().any(char::is_control) {
            return Err(InvalidIdent::ControlCharacter(excerpt(raw)));
        }
        Ok(Self(raw.to_ascii_lowercase()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Ident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_folds_as_redshift_does() {
        assert_eq!(Ident::new("Pages").unwrap(), Ident::new("pages").unwrap());
    }

    #[test]
    fn names_that_redshift_would_change_are_refused() {
        assert_eq!(Ident::new(""), Err(InvalidIdent::Empty));
        assert!(matches!(Ident::new(&"x".repeat(128)), Err(InvalidIdent::TooLong(_))));
        assert!(matches!(Ident::new("a\0b"), Err(InvalidIdent::ControlCharacter(_))));
    }
}
