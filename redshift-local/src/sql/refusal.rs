//! What Redshift refuses, in Redshift's words where they are known.

use crate::wire::report::Report;

/// A refused statement: the error its client will read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub code: &'static str,
    pub message: String,
    /// Characters into the statement, from 1.
    pub position: Option<usize>,
}

impl Refusal {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), position: None }
    }

    pub(crate) fn syntax_near(text: &str) -> Self {
        Self::new("42601", format!("syntax error at or near \"{text}\""))
    }

    /// Redshift refuses it.
    pub(crate) fn unsupported(message: impl Into<String>) -> Self {
        Self::new("0A000", message)
    }

    /// Redshift takes it; this program does not, yet.
    pub(crate) fn not_covered(what: &str) -> Self {
        Self::new("0A000", format!("{what} is not covered by redshift-local"))
    }

    pub(crate) fn inside_transaction(what: &str) -> Self {
        Self::new("25001", format!("{what} cannot run inside a transaction block"))
    }

    pub(crate) fn at(self, position: usize) -> Self {
        Self { position: Some(position), ..self }
    }
}

impl From<Refusal> for Report {
    fn from(refusal: Refusal) -> Self {
        let report = Self::error(refusal.code, refusal.message);
        match refusal.position {
            Some(position) => report.at(position),
            None => report,
        }
    }
}
