//! One scalar of YAML: what stands in the file, and what it can mean.

use crate::model::shown::excerpt;

/// A scalar as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scalar<'t> {
    /// Without quotes and escapes.
    pub(crate) text: &'t str,
    pub(crate) style: Style,
}

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    /// In quotes, as a block, or by the tag `!!str`: a text and nothing else.
    Text,
    /// By a tag that is not YAML's own.
    Tagged,
}

/// The words of YAML 1.1, which is what the original's library read.
const TRUE: [&str; 11] = ["true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y"];
const FALSE: [&str; 11] = ["false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N"];

impl Scalar<'_> {
    pub(crate) fn is_null(self) -> bool {
        self.style == Style::Plain && matches!(self.text, "" | "~" | "null" | "Null" | "NULL")
    }

    /// `None` for other words, and for words in quotes: those are texts, as they were to the original's library.
    pub(crate) fn boolean(self) -> Option<bool> {
        match self.style {
            Style::Plain if TRUE.contains(&self.text) => Some(true),
            Style::Plain if FALSE.contains(&self.text) => Some(false),
            Style::Plain | Style::Text | Style::Tagged => None,
        }
    }

    /// For people.
    pub(crate) fn shown(self) -> String {
        match self.style {
            Style::Plain | Style::Tagged => format!("`{}`", excerpt(self.text)),
            Style::Text => format!("\"{}\"", excerpt(self.text)),
        }
    }
}
