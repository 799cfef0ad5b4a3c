//! The table that a load fills.

use std::fmt;

use crate::model::ident::Ident;

/// A schema and a table in it. Loads of one `TargetTable` never overlap in this process.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TargetTable {
    pub schema: Ident,
    pub table: Ident,
}

impl fmt::Display for TargetTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.schema, self.table)
    }
}
