//! The ledger: its tables.

pub(crate) mod version;
pub(crate) mod questions;
pub(crate) mod overview;
mod retention;
pub(crate) mod files;
pub(crate) mod pauses;
pub(crate) mod rows;

use crate::model::ident::Ident;
use crate::model::target_table::TargetTable;
use crate::warehouse::redshift::sql::ledger::version::{Column, FILES, LedgerVersion, SUPERSEDED};
use crate::warehouse::redshift::sql::quote::Name;
use crate::warehouse::redshift::sql::text::Sql;

/// The ledger of one daemon or of several that share it: a table of loads, one of the messages that they covered
/// besides their own, and one of announced files. Beside them, what is paused.
#[derive(Debug, Clone)]
pub(crate) struct Ledger {
    loads: TargetTable,
    superseded: TargetTable,
    files: TargetTable,
    pauses: TargetTable,
}

impl Ledger {
    pub(crate) fn in_schema(schema: Ident) -> Self {
        let table =
            |name| TargetTable { schema: schema.clone(), table: Ident::new(name).expect("it is a name") };
        Self {
            loads: table("loads"),
            superseded: table("superseded_messages"),
            files: table("files"),
            pauses: table("pauses"),
        }
    }

    /// The table of loads.
    pub(crate) fn loads(&self) -> &TargetTable {
        &self.loads
    }

    /// The table of messages that were covered by the load of another one.
    pub(crate) fn superseded(&self) -> &TargetTable {
        &self.superseded
    }

    /// The table of files that were announced and loaded.
    pub(crate) fn files(&self) -> &TargetTable {
        &self.files
    }

    /// The table of pauses, which is made by the first pause.
    pub(crate) fn pauses(&self) -> &TargetTable {
        &self.pauses
    }

    pub(crate) fn create_schema(&self) -> Sql {
        Sql::new(format!("CREATE SCHEMA IF NOT EXISTS {}", Name::of(&self.loads.schema)))
    }

    /// Each table with the statement that makes it. Sorted as they are asked: loads and messages by time, by which they are cut too;
    /// files by target and key, which each load of announced files asks while it holds the lock of its table, and of all times.
    pub(crate) fn tables(&self) -> [(&TargetTable, Sql); 3] {
        let create = |table, columns: &[Column], sort_key| {
            let columns: Vec<String> =
                columns.iter().map(|(name, kind)| format!("  {name} {kind}")).collect();
            Sql::new(format!(
                "CREATE TABLE IF NOT EXISTS {} (\n{}\n) DISTSTYLE EVEN COMPOUND SORTKEY ({sort_key})",
                Name::of_table(table),
                columns.join(",\n")
            ))
        };
        let loads: Vec<Column> = LedgerVersion::LATEST.columns().collect();
        [
            (&self.loads, create(&self.loads, &loads, "finished_at")),
            (&self.superseded, create(&self.superseded, &SUPERSEDED, "recorded_at")),
            (&self.files, create(&self.files, &FILES, "target_schema, target_table, object_key")),
        ]
    }

    /// Questions that can be asked only when all tables have all their columns, and have no rows for an answer.
    pub(crate) fn have_all_columns(&self) -> [Sql; 3] {
        let ask = |table, columns: Vec<&str>| {
            Sql::new(format!("SELECT {} FROM {} WHERE false", columns.join(", "), Name::of_table(table)))
        };
        let loads = LedgerVersion::LATEST.columns().map(|(name, _)| name).collect();
        let names = |columns: &[Column]| columns.iter().map(|(name, _)| *name).collect();
        [ask(&self.loads, loads), ask(&self.superseded, names(&SUPERSEDED)), ask(&self.files, names(&FILES))]
    }

    /// The columns that a table of an earlier version lacks, each with the statement that adds it.
    pub(crate) fn additions(&self, table: &TargetTable) -> Vec<(&'static str, Sql)> {
        if *table != self.loads {
            return Vec::new();
        }
        let add =
            |(name, kind)| (name, Sql::new(format!("ALTER TABLE {} ADD COLUMN {name} {kind}", self.name())));
        LedgerVersion::later_columns().map(add).collect()
    }

    fn name(&self) -> Name {
        Name::of_table(&self.loads)
    }
}
