//! Serializable isolation as Redshift has it: at the granularity of tables (fact 2.4).
//!
//! PostgreSQL's own serializable level stays on beneath: it knows rows, which is why it finds less.

pub(crate) mod precedence;
pub(crate) mod watch;
