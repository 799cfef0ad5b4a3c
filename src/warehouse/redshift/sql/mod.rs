//! Redshift's SQL as pure functions; only the words of a session itself (BEGIN, SET) are beside it.
//!
//! Everything is built as text, because COPY and DDL take no parameters (redshift-facts 0.15); every name and literal
//! passes [`quote`].

pub(crate) mod quote;
pub(crate) mod catalog;
pub(crate) mod table;
pub(crate) mod load;
pub(crate) mod ledger;
