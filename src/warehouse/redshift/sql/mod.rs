//! Redshift's SQL as pure functions, each of which makes a [`Sql`](text::Sql).
//!
//! Everything is built as text, because COPY and DDL take no parameters (redshift-facts 0.15); every name and literal
//! passes [`quote`], which nobody outside can reach.

mod quote;
pub(crate) mod text;
pub(crate) mod session;
pub(crate) mod catalog;
pub(crate) mod rights;
pub(crate) mod table;
pub(crate) mod remedy;
mod rebuild;
pub(crate) mod rows;
pub(crate) mod load;
pub(crate) mod merge;
pub(crate) mod cuts;
pub(crate) mod own;
pub(crate) mod after;
mod format;
pub(crate) mod ledger;
