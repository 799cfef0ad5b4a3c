//! Which tables are meant by a name of one.

use std::fmt;

use crate::model::ident::Ident;
use crate::model::target_table::TargetTable;

/// `schema.table`, or `table` in every schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableFilter {
    pub schema: Option<Ident>,
    pub table: Ident,
}

/// As it is written.
impl fmt::Display for TableFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{schema}.{}", self.table),
            None => self.table.fmt(f),
        }
    }
}

impl TableFilter {
    /// This table alone.
    pub fn of(target: &TargetTable) -> Self {
        Self { schema: Some(target.schema.clone()), table: target.table.clone() }
    }

    /// `None` where that can be the name of no table.
    pub fn parse(text: &str) -> Option<Self> {
        let Some((schema, table)) = text.split_once('.') else {
            return Some(Self { schema: None, table: Ident::new(text).ok()? });
        };
        Some(Self { schema: Some(Ident::new(schema).ok()?), table: Ident::new(table).ok()? })
    }

    /// Whether this is meant by `schema.table`, as a message names it: Redshift folds names to lower case, whoever spells them.
    pub fn takes(&self, named: &str) -> bool {
        let (schema, table) =
            named.split_once('.').map_or((None, named), |(schema, table)| (Some(schema), table));
        let is = |name: &Ident, text: &str| name.as_str().eq_ignore_ascii_case(text);
        let is_schema = self.schema.as_ref().is_none_or(|name| schema.is_some_and(|schema| is(name, schema)));
        is_schema && is(&self.table, table)
    }
}
