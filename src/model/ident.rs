//! A name of something in Redshift that is safe to quote.

use std::fmt;

use crate::model::shown::{excerpt, shown};

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
    #[error("the name `{0}` contains a character that cannot be seen")]
    Unseen(String),
    #[error("the name `{0}` begins or ends with a blank")]
    Blank(String),
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
        // Blanks other than the plain one look like it, or like nothing.
        let is_odd_blank = |character: char| character.is_whitespace() && character != ' ';
        if shown(raw) != raw || raw.contains(is_odd_blank) {
            let escaped: String = raw
                .chars()
                .map(|c| if is_odd_blank(c) { c.escape_unicode().to_string() } else { c.to_string() })
                .collect();
            return Err(InvalidIdent::Unseen(excerpt(&escaped)));
        }
        if raw.trim() != raw {
            return Err(InvalidIdent::Blank(excerpt(raw)));
        }
        Ok(Self(raw.to_ascii_lowercase()))
    }

    /// A name that Redshift has already, whatever is in it.
    pub fn of_catalog(name: &str) -> Self {
        Self(name.to_ascii_lowercase())
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
        for text in ["a\0b", "id\u{200b}", "\u{feff}id", "user\u{a0}id", "\u{202e}di", "a\tb"] {
            assert!(matches!(Ident::new(text), Err(InvalidIdent::Unseen(_))), "{text:?}");
        }
        for text in [" id", "id ", " "] {
            assert!(matches!(Ident::new(text), Err(InvalidIdent::Blank(_))), "{text:?}");
        }
        assert!(Ident::new("größe in m").is_ok());
    }
}
