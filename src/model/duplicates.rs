//! Rows of one key in the data of a merge.

use std::fmt;

use crate::model::ident::Ident;
use crate::model::shown::excerpt;

/// Which row of a key is taken when the data has several. Whatever the choice, it never depends on the order of the rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Duplicates {
    /// None: nothing is loaded.
    #[default]
    Refuse,
    /// The one with the greatest value of this column, which a row of the table that is later still outlives. A null is
    /// before everything. Rows that differ and share that value are refused.
    LatestBy(Ident),
    /// Any, as long as they are the same in all columns; else nothing is loaded.
    IdenticalOnly,
}

/// Before the name of the column.
const LATEST_BY: &str = "latest_by:";

impl Duplicates {
    /// Reads a message's or a config's words.
    ///
    /// # Errors
    /// What it must be, to follow the name of the field.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "refuse" => Ok(Self::Refuse),
            "identical_only" => Ok(Self::IdenticalOnly),
            _ => match text.strip_prefix(LATEST_BY) {
                Some(column) => Ident::new(column.trim())
                    .map(Self::LatestBy)
                    .map_err(|error| format!("names a column that cannot be one: {error}")),
                None => Err(format!(
                    "must be refuse, identical_only or latest_by:<column>, not `{}`",
                    excerpt(text)
                )),
            },
        }
    }
}

impl fmt::Display for Duplicates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refuse => f.write_str("refuse"),
            Self::LatestBy(column) => write!(f, "{LATEST_BY}{column}"),
            Self::IdenticalOnly => f.write_str("identical_only"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_what_was_read() {
        for text in ["refuse", "identical_only", "latest_by:updated_at"] {
            assert_eq!(Duplicates::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(
            Duplicates::parse("latest_by: Updated_At").unwrap(),
            Duplicates::LatestBy(Ident::new("updated_at").unwrap())
        );
    }

    #[test]
    fn anything_else_is_refused_with_what_it_must_be() {
        for text in ["", "latest", "latest_by", "latest_by:", "Refuse", "latest_by:a\u{0}b"] {
            assert!(Duplicates::parse(text).is_err(), "{text}");
        }
    }
}
