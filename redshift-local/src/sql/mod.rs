//! SQL as text: enough understanding to see what Redshift does differently, and to rewrite it for PostgreSQL.
//!
//! No I/O, no session state. There is deliberately no SQL parser here: what is not recognised passes unchanged, and
//! PostgreSQL judges it.

pub(crate) mod alias;
pub(crate) mod alter_table;
pub(crate) mod attributes;
pub(crate) mod block;
pub(crate) mod column;
pub(crate) mod column_type;
pub(crate) mod command;
pub(crate) mod create_table;
pub(crate) mod cursor;
pub(crate) mod derived_table;
pub(crate) mod exclude;
pub(crate) mod foreign_key;
pub(crate) mod functions;
pub(crate) mod group_by_all;
pub(crate) mod inward;
pub(crate) mod late_view;
pub(crate) mod leader;
pub(crate) mod lexer;
pub(crate) mod long_name;
pub(crate) mod maintenance;
pub(crate) mod not_covered;
pub(crate) mod qualify;
pub(crate) mod query;
pub(crate) mod quote;
pub(crate) mod refusal;
pub(crate) mod refused;
pub(crate) mod rewrite;
pub(crate) mod role;
pub(crate) mod settings;
pub(crate) mod show;
pub(crate) mod statement;
pub(crate) mod top;
pub(crate) mod touched;
pub(crate) mod user;
pub(crate) mod words;
pub(crate) mod write;
