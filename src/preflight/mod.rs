//! What `check` finds: one verdict for each finding, with what to do. Pure: the facts were asked before.

pub mod queue;
pub mod bucket;
pub mod warehouse;
pub mod target;
pub mod clock;

use std::fmt;

use serde::Serialize;
use strum::IntoStaticStr;

/// How bad a finding is. Only [`Verdict::Failed`] keeps loads from being made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Verdict {
    Ok,
    /// Nobody can tell before a load runs.
    Unknown,
    /// Loads are made, until something happens that this would make worse.
    Warning,
    Failed,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at, in a word or two that stay the same: `queue`, `redrive_policy`.
    pub check: &'static str,
    /// The target that it is about, `schema.table`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    pub verdict: Verdict,
    /// Names the object, what is so or wrong, and what to do next; one line, no secret.
    pub sentence: String,
}

impl Finding {
    pub fn new(check: &'static str, verdict: Verdict, sentence: impl Into<String>) -> Self {
        Self { check, table: None, verdict, sentence: sentence.into() }
    }

    pub fn ok(check: &'static str, sentence: impl Into<String>) -> Self {
        Self::new(check, Verdict::Ok, sentence)
    }

    pub fn unknown(check: &'static str, sentence: impl Into<String>) -> Self {
        Self::new(check, Verdict::Unknown, sentence)
    }

    pub fn warning(check: &'static str, sentence: impl Into<String>) -> Self {
        Self::new(check, Verdict::Warning, sentence)
    }

    /// The errors of all rooms say what to do at their end.
    pub fn failed(check: &'static str, error: &impl fmt::Display) -> Self {
        Self::new(check, Verdict::Failed, error.to_string())
    }

    /// The same finding, of one target.
    #[must_use]
    pub fn of_table(self, table: &impl fmt::Display) -> Self {
        Self { table: Some(table.to_string()), ..self }
    }
}

#[cfg(test)]
mod tests;
