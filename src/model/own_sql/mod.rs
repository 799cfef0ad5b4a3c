//! SQL that a table config brings along, to be run inside the load's transaction.
//!
//! A statement is let in by its first words, and only one that can be rolled back with the load and leaves nothing behind in
//! the session: whatever is not known to be so is refused before anything runs. What it does to the rows is its writer's
//! business.

mod lexer;
mod verdict;

use std::fmt;

use crate::model::shown::excerpt;

pub use verdict::Refused;

/// Statements in one list.
pub const MOST_STATEMENTS: usize = 20;
/// Bytes of one statement.
pub const LONGEST_STATEMENT: usize = 64 * 1024;

/// What a table config has run around COPY.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnSql {
    /// With the table's write lock held, before COPY.
    pub pre: Vec<OwnStatement>,
    /// After all checks, before the ledger row.
    pub post: Vec<OwnStatement>,
}

impl OwnSql {
    pub fn is_empty(&self) -> bool {
        self.pre.is_empty() && self.post.is_empty()
    }
}

/// One statement that may stand in a load's transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnStatement {
    /// Its place in its list, from 1.
    number: usize,
    text: String,
}

impl OwnStatement {
    /// Judges a statement. A semicolon behind it, and comments and blanks around it, are left away.
    ///
    /// # Errors
    /// When it may not stand in a load's transaction.
    pub fn parse(number: usize, text: &str) -> Result<Self, Refused> {
        verdict::judged(text).map(|text| Self { number, text: text.to_owned() })
    }

    /// One statement, without a semicolon at its end.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// "statement 2 (`DELETE FROM …`)"
impl fmt::Display for OwnStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "statement {} (`{}`)", self.number, excerpt(&self.text))
    }
}

#[cfg(test)]
mod tests;
