//! COPY's grammar: from the statement's tokens to what it asks for, or to Redshift's refusal. No I/O.
//!
//! [`clauses`] takes the words as they come, by the table in [`keyword`]; [`conflicts`] judges which of them may stand
//! together; [`options`] and [`format`](mod@format) are what is left: types in which nothing contradictory can be said.

pub(crate) mod authorization;
pub(crate) mod clauses;
pub(crate) mod conflicts;
pub(crate) mod format;
pub(crate) mod keyword;
pub(crate) mod location;
pub(crate) mod options;
pub(crate) mod statement;
pub(crate) mod template;
