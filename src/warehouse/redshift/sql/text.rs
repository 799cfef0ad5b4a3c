//! The text of a statement, which is made in this room and nowhere else.

use std::borrow::Cow;
use std::fmt;

use crate::telemetry::calls::Call;

/// One statement: our own words, with names and values that have passed [`quote`](super::quote).
pub(crate) struct Sql {
    text: Cow<'static, str>,
    /// What people see in its place; `None` where that is the text itself.
    shown: Option<String>,
    /// What it is counted as.
    call: Call,
}

impl Sql {
    pub(super) fn new(text: String) -> Self {
        Self { text: Cow::Owned(text), shown: None, call: Call::Statement }
    }

    pub(super) const fn words(text: &'static str) -> Self {
        Self { text: Cow::Borrowed(text), shown: None, call: Call::Statement }
    }

    /// Words that are counted by themselves.
    pub(super) const fn counted(text: &'static str, call: Call) -> Self {
        Self { text: Cow::Borrowed(text), shown: None, call }
    }

    pub(super) fn counted_as(self, call: Call) -> Self {
        Self { call, ..self }
    }

    /// A text with secrets, and the same without them.
    pub(super) fn with_secrets(text: String, masked: String) -> Self {
        Self { text: Cow::Owned(text), shown: Some(masked), call: Call::Statement }
    }

    /// A text that is too long for people, and as much of it as they read.
    pub(super) fn abridged(text: String, shown: String) -> Self {
        Self { text: Cow::Owned(text), shown: Some(shown), call: Call::Statement }
    }

    pub(in crate::warehouse::redshift) fn call(&self) -> Call {
        self.call
    }

    /// For Redshift, secrets included.
    pub(in crate::warehouse::redshift) fn to_send(&self) -> &str {
        &self.text
    }

    /// For people: the same text with secrets masked, or abridged.
    pub(crate) fn to_show(&self) -> &str {
        self.shown.as_deref().unwrap_or(&self.text)
    }
}

impl fmt::Debug for Sql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sql").field(&self.to_show()).finish()
    }
}
